/** Stands where a caller has changed something: no option takes it, so code that reads it later fails or differs. */
const changed = "changed afterwards";

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Changes everything that a caller can change in what it passed: each entry of arrays, plain objects and maps, at every depth,
 * and the elements of typed arrays. Tensors, layers, functions and other objects of classes stay as they are.
 */
export const changeDeeply = (value: unknown): void => {
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) {
    new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(99);
  } else if (value instanceof ArrayBuffer) {
    new Uint8Array(value).fill(99);
  } else if (value instanceof Map) {
    for (const [key, entry] of value) {
      changeDeeply(entry);
      value.set(key, changed);
    }
    value.set(changed, changed);
  } else if (Array.isArray(value) || isPlain(value)) {
    for (const [key, entry] of Object.entries(value)) {
      changeDeeply(entry);
      Reflect.set(value, key, changed);
    }
    if (Array.isArray(value)) value.push(changed);
  }
};

/** Changes the arguments of a call, and sets the options that the caller had left out. */
export const changeArguments = (
  args: readonly unknown[],
  options: readonly (readonly [place: number, option: string])[],
): void => {
  for (const argument of args) changeDeeply(argument);
  for (const [place, option] of options) {
    const argument = args[place];
    if (typeof argument === "object" && argument !== null) Reflect.set(argument, option, changed);
  }
};
