import { DTypeError, ShapeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { identity } from "../ops/support/stopGradient.ts";
import { isFloat } from "../tensor/dtype.ts";
import { withInterpreter } from "../tensor/interpret/bind.ts";
import { runStep } from "../tensor/memory/step.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor, zeros } from "../tensor/tensor.ts";
import { type GradValues, mainOf, mapValues } from "./stepValues.ts";
import { Tape } from "./tape.ts";

/** The gradients of a function's arguments: one tensor for one argument, else a tuple of them. */
export type GradientsOf<Arguments extends readonly Tensor[]> = Arguments extends readonly [Tensor]
  ? Tensor
  : { -readonly [Index in keyof Arguments]: Tensor };

/**
 * A function that returns the value of `f` and its gradients with respect to all its arguments, each of the shape of its
 * argument. An argument that the value does not depend on has a gradient of zeros.
 * @param f A synchronous function of float tensors whose result holds one number.
 * @throws ShapeError when the result holds more than one number; DTypeError when an argument or the result is not a float tensor;
 * ValueError when `f` is not a function, or does not return a tensor.
 * @example
 * const [value, slope] = valueAndGrad((x: Tensor) => sum(square(x)))(tensor([1, 2, 3]));
 * slope.toArray(); // [2, 4, 6]
 */
export function valueAndGrad<Arguments extends readonly Tensor[]>(
  f: (...args: Arguments) => Tensor,
): (...args: Arguments) => [value: Tensor, gradients: GradientsOf<Arguments>];
/**
 * The same of a function that returns other values beside the one that is differentiated.
 * @param f Returns an object with `value`, and beside it tensors, numbers, and lists and plain objects of these, which stay
 * valid.
 * @throws As above; ValueError for an object without `value`, or with other things in it.
 * @example
 * const [{ errors }, slope] = valueAndGrad((x: Tensor) => {
 *   const errors = sub(x, 2);
 *   return { value: sum(square(errors)), errors };
 * })(tensor([1, 2, 4]));
 * errors.toArray(); // [-1, 0, 2]
 * slope.toArray(); // [-2, 0, 4]
 */
export function valueAndGrad<Arguments extends readonly Tensor[], Values extends GradValues<Values>>(
  f: (...args: Arguments) => Values,
): (...args: Arguments) => [values: Values, gradients: GradientsOf<Arguments>];
export function valueAndGrad(f: (...args: never[]) => unknown): (...args: Tensor[]) => unknown {
  return (...args) => {
    const { returned, gradients } = differentiated("valueAndGrad", f, args);
    return [returned, args.length === 1 ? gradients[0] : gradients];
  };
}

/**
 * A function that returns the gradients of `f` with respect to all its arguments; see `valueAndGrad`. Gradients are made of
 * public operations, so that gradients of gradients are gradients.
 * @throws As `valueAndGrad` does.
 * @example
 * grad((x: Tensor) => sum(exp(x)))(tensor([0, 1])).toArray(); // [1, 2.7182817]
 */
export function grad<Arguments extends readonly Tensor[]>(
  f: (...args: Arguments) => Tensor,
): (...args: Arguments) => GradientsOf<Arguments>;
/**
 * The same of a function that returns other values beside the one that is differentiated: the gradients, and all values.
 * @throws As `valueAndGrad` does.
 * @example
 * const [slope, { squares }] = grad((x: Tensor) => {
 *   const squares = square(x);
 *   return { value: sum(squares), squares };
 * })(tensor([1, 3]));
 * slope.toArray(); // [2, 6]
 * squares.toArray(); // [1, 9]
 */
export function grad<Arguments extends readonly Tensor[], Values extends GradValues<Values>>(
  f: (...args: Arguments) => Values,
): (...args: Arguments) => [gradients: GradientsOf<Arguments>, values: Values];
export function grad(f: (...args: never[]) => unknown): (...args: Tensor[]) => unknown {
  return (...args) => {
    const { value, returned, gradients } = differentiated("grad", f, args);
    const result = args.length === 1 ? gradients[0] : gradients;
    return returned === value ? result : [result, returned];
  };
}

interface ValueAndGradients {
  readonly value: Tensor;
  readonly gradients: readonly Tensor[];
}

const differentiated = (
  operation: string,
  f: (...args: never[]) => unknown,
  args: readonly Tensor[],
): ValueAndGradients & {
  /** The value, or the object of values with it. */
  readonly returned: unknown;
} =>
  runStep(
    () => {
      if (typeof f !== "function") {
        throw new ValueError(`${operation}: f must be a function, got ${showValue(f)}.`);
      }
      checkArguments(operation, args);
      // Fresh objects: a captured tensor that is also an argument is a constant.
      const sources = args.map((argument) => identity(argument));
      let returned: unknown;
      const { value, gradients } = differentiate(operation, sources, () => {
        returned = f(...(sources as never[]));
        return mainOf(returned, "value");
      });
      return { value, gradients, returned };
    },
    ({ returned, gradients }) => {
      mapValues(operation, returned, moveToArray);
      for (const gradient of gradients) gradient.storage.moveToArray();
    },
  );

/**
 * The value of `f` and its gradients with respect to `sources`, tensors that `f` uses. To be called within a step, whose
 * temporaries the results are.
 * @internal
 */
export const differentiate = (operation: string, sources: readonly Tensor[], f: () => unknown): ValueAndGradients => {
  const tape = new Tape();
  for (const source of sources) tape.watch(source);
  const value = checkLoss(operation, withInterpreter(tape, f));
  const gradients = tape
    .gradients(value, sources)
    .map((gradient, index) => gradient ?? zeros(sources[index]!.axes, { dtype: sources[index]!.dtype }));
  return { value, gradients };
};

/** Checks what is to be differentiated: a float tensor of one number. @internal */
export const checkLoss = (operation: string, value: unknown): Tensor => {
  checkResult(operation, value);
  if (value.size !== 1) {
    throw new ShapeError(
      `${operation}: the result must hold one number, got shape ${formatShape(value.axes)}. Take its sum or mean.`,
    );
  }
  return value;
};

const moveToArray = (tensor: Tensor): Tensor => {
  tensor.storage.moveToArray();
  return tensor;
};

const checkArguments = (operation: string, args: readonly unknown[]): void => {
  args.forEach((argument, index) => {
    if (!(argument instanceof Tensor) || !isFloat(argument.dtype)) {
      throw new DTypeError(
        `${operation}: arguments must be float tensors, got ${argument instanceof Tensor ? argument.dtype : showValue(argument)} ` +
          `as argument ${index}. Capture what is not to be differentiated.`,
      );
    }
  });
};

/** Throws unless the value is a float tensor. A promise has its own error. @internal */
export function checkResult(operation: string, value: unknown): asserts value is Tensor {
  if (value instanceof Promise) {
    // Already rejected here; ignore a later rejection.
    value.catch(() => {});
    throw new ValueError(
      `${operation}: the function must be synchronous, got a promise. Await what it needs before the call.`,
    );
  }
  if (!(value instanceof Tensor)) {
    throw new ValueError(`${operation}: the function must return a tensor, got ${showValue(value)}. Return the loss.`);
  }
  if (!isFloat(value.dtype)) {
    throw new DTypeError(`${operation}: the result must be a float tensor, got ${value.dtype}. Return the loss.`);
  }
}
