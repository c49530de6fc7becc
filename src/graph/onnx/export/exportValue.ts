import type { Variable } from "../../../autograd/variable.ts";
import type { DType, TypedArray } from "../../../tensor/dtype.ts";
import type { Shape } from "../../../tensor/shape.ts";
import type { FreeShape } from "./lengths.ts";

/** The type of a tensor of the exported graph. */
export interface ValueType {
  readonly shape: FreeShape;
  readonly dtype: DType;
  readonly scale?: number | undefined;
}

/** An attribute of a node: of whole numbers, a float, or text. */
export type ExportAttribute =
  | { readonly whole: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly wholes: readonly number[] };

/** A node of the exported graph. */
export interface ExportNode {
  readonly op: string;
  /** undefined for an input that is left out. */
  readonly inputs: readonly (ExportValue | undefined)[];
  readonly outputs: readonly ExportValue[];
  readonly attributes: Readonly<Record<string, ExportAttribute>>;
  /** The path of the layer that it is a part of. */
  readonly layer: string;
}

/** The elements of an initializer, which are read when the file is written. */
export interface StoredElements {
  readonly shape: Shape;
  readonly elements: () => TypedArray;
  /** The variable that they are. */
  readonly variable?: Variable | undefined;
  /** Whether they are in another layout than that of the variable. */
  readonly isDerived?: boolean;
}

/** A tensor of the exported graph: an input, an initializer, or the output of a node. */
export class ExportValue {
  readonly type: ValueType;
  /** The path of the layer that it is a part of. */
  readonly layer: string;
  /** The node that computes it. */
  node: ExportNode | undefined;
  /** The elements of an initializer. */
  readonly stored: StoredElements | undefined;
  /** The name that it is to have: that of an input, of an output, or the path of the layer whose output it is. */
  name: string | undefined;

  constructor(type: ValueType, layer: string, stored?: StoredElements, name?: string) {
    this.type = type;
    this.layer = layer;
    this.stored = stored;
    this.name = name;
  }
}
