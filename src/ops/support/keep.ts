import { bindOne } from "../../tensor/interpret/bind.ts";
import { sameElements } from "../../tensor/interpret/hostWork.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { recorder } from "../../tensor/memory/recorder.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "./checkTensor.ts";

/** y = x, with elements that a later update of the variable does not change. */
const copyPrimitive: Primitive = {
  name: "keep",
  infer: ([x]) => [x],
  composite: ([value]) => {
    const copy = sameElements(value);
    copy.storage.moveToArray();
    return [copy];
  },
  vjp: ({ dy }) => [() => dy],
};

/**
 * The tensor, which stays valid after the step that computed it. Gradients pass.
 * @throws DTypeError for a value that is not a tensor; StaleTensorError for a temporary of a step that has ended.
 * @example
 * let squares: Tensor | undefined;
 * const slope = grad((x: Tensor) => {
 *   squares = keep(square(x));
 *   return sum(squares);
 * })(tensor([1, 3])); // [2, 6]
 * squares?.toArray(); // [1, 9]
 */
export const keep = (value: Tensor): Tensor => {
  checkTensor("keep", value, "the value");
  // A recorded function would keep the tensor of its first call.
  recorder()?.hostRead();
  return readableAfter(value);
};

/** As `keep`, for what a step returns. @internal */
export const readableAfter = (value: Tensor): Tensor => {
  // The value of a variable shares its memory, and the tape knows the variable by this tensor.
  if (value.storage.borrowed && !value.storage.array) return bindOne(copyPrimitive, [value], undefined);
  value.storage.moveToArray();
  return value;
};
