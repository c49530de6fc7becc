/** A number as Python reads it. */
export const pythonNumber = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'float("nan")' : value > 0 ? 'float("inf")' : 'float("-inf")';
};

/** True or False. */
export const pythonFlag = (value: boolean): string => (value ? "True" : "False");

/** Numbers as a tuple. */
export const pythonTuple = (values: readonly number[]): string =>
  `(${values.map(pythonNumber).join(", ")}${values.length === 1 ? "," : ""})`;

/** One number where all are equal, as PyTorch takes sizes of windows; else a tuple. */
export const pythonSizes = (values: readonly number[]): string =>
  values.every((value) => value === values[0]) ? pythonNumber(values[0]) : pythonTuple(values);

/** Text as a literal, which is also safe in a comment: it has no line breaks. */
export const pythonString = (text: string): string => JSON.stringify(text);

/** The words that Python keeps for itself, and the attributes of `nn.Module`, which a layer would hide. */
const reserved: ReadonlySet<string> = /* @__PURE__ */ new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield self torch nn F T_destination activity add_module apply bfloat16 " +
    "buffers call_super_init children compile constrain cpu cuda double dump_patches eval extra_repr float forward get_buffer " +
    "get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules " +
    "named_parameters parameters penalties register_backward_hook register_buffer register_forward_hook register_forward_pre_hook " +
    "register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook " +
    "register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook " +
    "register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training " +
    "type xpu zero_grad"
  ).split(" "),
);

/**
 * A name that Python and `nn.Module` take, as close to the wanted one as possible, and different from those that are taken; it is
 * added to them.
 */
export const pythonName = (wanted: string, taken: Set<string>): string => {
  const plain = wanted.normalize("NFKD").replace(/\W+/g, "_");
  // Two underscores in front are for Python's own names.
  const begun = /^[A-Za-z]/.test(plain) ? plain : `layer_${plain}`.replace(/_+/, "_");
  const base = reserved.has(begun) ? `${begun}_` : begun;
  let name = base;
  for (let number = 1; taken.has(name); number++) name = `${base}_${number}`;
  taken.add(name);
  return name;
};

/** `wide_net` as `WideNet`, for a class. */
export const pythonClassName = (wanted: string, taken: Set<string>): string => {
  const words = wanted.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  return pythonName(/^[A-Za-z]/.test(name) ? name : `Net${name}`, taken);
};

/** Lines, further in by a number of steps of four spaces; empty lines stay empty. */
export const indented = (lines: readonly string[], steps: number): readonly string[] =>
  lines.map((line) => (line === "" ? "" : " ".repeat(4 * steps) + line));
