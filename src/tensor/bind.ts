import { evaluate } from "./eager.ts";
import { isDoublePrecision, promote } from "./precision.ts";
import type { Bind, Interpreter, Primitive } from "./primitive.ts";
import type { Tensor } from "./tensor.ts";

/** The interpreters above the eager one, outermost first. */
let interpreters: readonly Interpreter[] = [];

/** Applies a primitive: the innermost interpreter sees it first; at the bottom it is computed. */
export const bind: Bind = (primitive, inputs, attributes) => {
  const operands = isDoublePrecision() ? inputs.map(promote) : inputs;
  return bindBelow(interpreters.length, primitive, operands, attributes);
};

/** Applies a primitive with one output. */
export const bindOne = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Tensor => bind(primitive, inputs, attributes)[0]!;

const bindBelow = <Attributes>(
  level: number,
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): readonly Tensor[] => {
  if (level > 0) {
    return interpreters[level - 1].bind(primitive, inputs, attributes, below(level - 1));
  }
  if (primitive.composite) {
    const { composite } = primitive;
    return eagerly(() => composite(inputs, attributes));
  }
  return evaluate(primitive, inputs, attributes);
};

const bindings: Bind[] = [];

/** `bindBelow` at a level, made once for each. */
const below = (level: number): Bind => {
  bindings[level] ??= (primitive, inputs, attributes) => bindBelow(level, primitive, inputs, attributes);
  return bindings[level];
};

const withInterpreters = <T>(stack: readonly Interpreter[], body: () => T): T => {
  const outer = interpreters;
  interpreters = stack;
  try {
    return body();
  } finally {
    interpreters = outer;
  }
};

/** Runs the body with one more interpreter, innermost. */
export const withInterpreter = <T>(interpreter: Interpreter, body: () => T): T =>
  withInterpreters([...interpreters, interpreter], body);

/** Runs the body with no interpreter but the one that computes. */
const eagerly = <T>(body: () => T): T => withInterpreters([], body);

/** Whether nothing watches what is computed. */
export const isEager = (): boolean => interpreters.length === 0;
