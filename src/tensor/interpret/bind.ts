import { type Dynamic, dynamic } from "../../base/dynamic.ts";
import type { Tensor } from "../tensor.ts";
import { evaluate } from "./eager.ts";
import { isDoublePrecision, promote } from "./precision.ts";
import type { Bind, Interpreter, Primitive } from "./primitive.ts";

/** Below all interpreters: computes. */
const compute: Bind = (primitive, inputs, attributes) => {
  if (!primitive.composite) return evaluate(primitive, inputs, attributes);
  const { composite } = primitive;
  // No interpreter sees the inside of a composite.
  return innermost.during(compute, () => composite(inputs, attributes));
};

/** Passes a primitive to the innermost interpreter. */
const innermost: Dynamic<Bind> = /* @__PURE__ */ dynamic<Bind>(compute);

/** Applies a primitive: the innermost interpreter sees it first; at the bottom it is computed. */
export const bind: Bind = (primitive, inputs, attributes) =>
  innermost.get()(primitive, isDoublePrecision() ? inputs.map(promote) : inputs, attributes);

/** Applies a primitive with one output. */
export const bindOne = <Attributes>(
  primitive: Primitive<Attributes>,
  inputs: readonly Tensor[],
  attributes: Attributes,
): Tensor => bind(primitive, inputs, attributes)[0]!;

/** Runs the body with one more interpreter, innermost. */
export const withInterpreter = <T>(interpreter: Interpreter, body: () => T): T => {
  const below = innermost.get();
  return innermost.during(
    (primitive, inputs, attributes) => interpreter.bind(primitive, inputs, attributes, below),
    body,
  );
};

/** Whether no interpreter watches what is computed. */
export const isEager = (): boolean => innermost.get() === compute;
