import { isPlainObject } from "../base/options.ts";
import { Tensor } from "../tensor/tensor.ts";

/** One tensor, or several by name: what a model takes, and what its outputs are compared with. */
export type TensorOrNamed = Tensor | Readonly<Record<string, Tensor>>;

/** Whether a value is a tensor, or a plain object of at least one tensor. */
export const isTensorOrNamed = (value: unknown): value is TensorOrNamed => {
  if (value instanceof Tensor) return true;
  if (!isPlainObject(value)) return false;
  const tensors = Object.values(value);
  return tensors.length > 0 && tensors.every((tensor) => tensor instanceof Tensor);
};

/** The tensors, and what messages call them: `x`, or `x.wide` and `x.deep`. */
export const listTensors = (what: string, values: TensorOrNamed): readonly (readonly [string, Tensor])[] =>
  values instanceof Tensor
    ? [[what, values]]
    : Object.entries(values).map(([name, tensor]) => [`${what}.${name}`, tensor]);

/** Every tensor replaced, under the same name. */
export const mapTensors = <Values extends TensorOrNamed>(
  values: Values,
  change: (tensor: Tensor, name?: string) => Tensor,
): Values =>
  (values instanceof Tensor
    ? change(values)
    : Object.fromEntries(Object.entries(values).map(([name, tensor]) => [name, change(tensor, name)]))) as Values;

/** The tensor of a name, or the only one. */
export const tensorNamed = (values: TensorOrNamed | undefined, name: string | undefined): Tensor | undefined =>
  values instanceof Tensor || values === undefined ? values : values[name!];

/** How many examples they hold. */
export const rowCount = (values: TensorOrNamed): number =>
  (values instanceof Tensor ? values : Object.values(values)[0]).axes[0];
