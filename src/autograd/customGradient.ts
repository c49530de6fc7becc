import { ShapeError, ValueError } from "../base/errors.ts";
import { checkOption, functionLike, required } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { identity } from "../ops/support/stopGradient.ts";
import { isFloat } from "../tensor/dtype.ts";
import { bindOne } from "../tensor/interpret/bind.ts";
import type { Primitive } from "../tensor/interpret/primitive.ts";
import { inferOutput } from "../tensor/interpret/shapeInterpreter.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor, zeros } from "../tensor/tensor.ts";

/**
 * A function whose gradient is given instead of derived: ∂L/∂xᵢ = backward(∂L/∂y, [x₁, …], y)[i]. Where `backward` is made
 * of operations, it is differentiated in its turn, so that gradients of gradients are gradients.
 * @param f A synchronous function of tensors that returns one tensor. What it captures is taken for a constant.
 * @param backward Gets dy (of the shape of the output), the inputs and the output, and returns the gradient of each input,
 * of that input's shape: one tensor for one input, else an array, with `undefined` for an input that has none.
 * @returns `f` with that gradient. It throws ValueError when `f` returns no tensor, and the gradient throws ValueError or
 * ShapeError when `backward` does not return one gradient of the right shape for each input.
 * @example
 * // log(1 + eˣ), whose derived gradient overflows for large x
 * const softplus = customGradient(
 *   (x: Tensor) => log(add(exp(x), 1)),
 *   (dy, [x]) => mul(dy, sigmoid(x)),
 * );
 */
export const customGradient = <Inputs extends readonly Tensor[]>(
  f: (...inputs: Inputs) => Tensor,
  backward: (dy: Tensor, inputs: Inputs, output: Tensor) => Tensor | readonly (Tensor | undefined)[],
): ((...inputs: Inputs) => Tensor) => {
  checkOption("customGradient", "f", f, required(functionLike("(...inputs) => tensor")));
  checkOption("customGradient", "backward", backward, required(functionLike("(dy, inputs, output) => gradients")));
  const apply = (inputs: readonly Tensor[]): Tensor => {
    const output: unknown = f(...(inputs as unknown as Inputs));
    if (!(output instanceof Tensor)) {
      throw new ValueError(
        `customGradient: the function must return a tensor, got ${showValue(output)}. ` +
          "Compute without waiting, and return the tensor.",
      );
    }
    // A new object: what is returned may be an input or a captured tensor, whose own gradient must not get mixed in.
    return identity(output);
  };
  const primitive: Primitive = {
    name: "customGradient",
    infer: (types) => [inferOutput((...inputs) => apply(inputs), types)],
    composite: (inputs) => [apply(inputs)],
    vjp: ({ inputs, outputs, dy }) => {
      let gradients: readonly (Tensor | undefined)[] | undefined;
      const all = (): readonly (Tensor | undefined)[] => {
        gradients ??= checkGradients(backward(dy, inputs as unknown as Inputs, outputs[0]), inputs);
        return gradients;
      };
      return inputs.map((input, index) =>
        isFloat(input.dtype) ? () => all()[index] ?? zeros(input.axes, { dtype: input.dtype }) : undefined,
      );
    },
  };
  return (...inputs) => bindOne(primitive, inputs, undefined);
};

const checkGradients = (
  returned: Tensor | readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
): readonly (Tensor | undefined)[] => {
  const gradients = returned instanceof Tensor ? [returned] : returned;
  if (!Array.isArray(gradients) || gradients.length !== inputs.length) {
    throw new ValueError(
      `customGradient: backward must return one gradient for each of the ${inputs.length} inputs, ` +
        `got ${Array.isArray(gradients) ? gradients.length : showValue(gradients)}. Return undefined for an input that has none.`,
    );
  }
  gradients.forEach((gradient: unknown, index) => {
    if (gradient === undefined) return;
    if (!(gradient instanceof Tensor)) {
      throw new ValueError(
        `customGradient: a gradient must be a tensor or undefined, got ${showValue(gradient)} for input ${index}. Return tensors.`,
      );
    }
    if (!sameShape(gradient.axes, inputs[index].axes)) {
      throw new ShapeError(
        `customGradient: a gradient must have the shape of its input, got ${formatShape(gradient.axes)} for input ${index} ` +
          `of shape ${formatShape(inputs[index].axes)}. Sum over the axes that were repeated.`,
      );
    }
  });
  return gradients;
};
