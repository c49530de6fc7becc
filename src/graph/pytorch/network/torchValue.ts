import type { DType } from "../../../tensor/dtype.ts";
import type { Shape } from "../../../tensor/shape.ts";

/** Where the channels of images and sequences are: last, as in gradus, or behind the rows, as PyTorch's layers need them. */
export type Layout = "last" | "first";

/** A value that a generated `forward` computes. */
export interface TorchValue {
  /** The shape of one row, channels last. */
  readonly row: Shape;
  readonly dtype: DType;
  /** The names of the variables that hold it, in one layout or both. */
  readonly names: Partial<Record<Layout, string>>;
}

/** The statements of a generated `forward`. */
export class ForwardText {
  readonly lines: string[] = [];
  /** A new name for a value; undefined where all values are called `x`, because each is used once. */
  readonly #nameFor: ((wanted: string) => string) | undefined;

  constructor(nameFor?: (wanted: string) => string) {
    this.#nameFor = nameFor;
  }

  /** The name of the variable that holds a value in a layout. */
  in(layout: Layout, value: TorchValue): string {
    const known = value.names[layout];
    if (known !== undefined) return known;
    const other = layout === "first" ? "last" : "first";
    const from = value.names[other]!;
    // Without axes between rows and channels both layouts are one.
    if (value.row.length < 2) return from;
    const rank = value.row.length + 1;
    const between = Array.from({ length: rank - 2 }, (_, index) => index + 1);
    const order = layout === "first" ? [0, rank - 1, ...between] : [0, ...between.map((axis) => axis + 1), 1];
    const name = this.#nameFor ? this.#nameFor(`${from}_channels_${layout}`) : "x";
    this.lines.push(`${name} = ${from}.permute(${order.join(", ")})  # channels ${layout}`);
    value.names[layout] = name;
    // Where every value has one name, this variable no longer holds the other layout.
    if (!this.#nameFor) delete value.names[other];
    return name;
  }

  /** Computes a value. */
  assign(wanted: string, text: string, layout: Layout, row: Shape, dtype: DType): TorchValue {
    const name = this.#nameFor ? this.#nameFor(wanted) : "x";
    if (name !== text) this.lines.push(`${name} = ${text}`);
    return { row, dtype, names: { [layout]: name } };
  }
}
