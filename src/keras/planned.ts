import type { Shape } from "../tensor/shape.ts";
import type { LayerPlan } from "./kerasLayers.ts";

/** A layer of a file: how to make it, and which variables it has. */
export interface PlannedLayer extends LayerPlan {
  readonly kind: "layer";
  readonly name: string;
  readonly className: string;
  readonly trainable: boolean;
}

/** An input of a model. */
export interface PlannedInput {
  readonly kind: "input";
  readonly name: string;
  readonly className: string;
  readonly shape: Shape;
  /** The type in the file. */
  readonly dtype: string;
}

/** A model of a file. */
export interface PlannedModel {
  readonly kind: "model";
  readonly name: string;
  readonly className: string;
  readonly trainable: boolean;
  /** In the order of the file, with inputs. */
  readonly layers: readonly Planned[];
  /** How the layers are called; undefined for a `Sequential`. */
  readonly calls: CallGraph | undefined;
  /** The shape of a row, where the layers of a `Sequential` do not begin with an input. */
  readonly inputShape: Shape | undefined;
}

export type Planned = PlannedLayer | PlannedInput | PlannedModel;

/** A call of a layer. */
export interface PlannedCall {
  /** The position of the layer. */
  readonly layer: number;
  /** The numbers of the values that it is called with. */
  readonly sources: readonly number[];
  /** Whether the layer is called with a list. */
  readonly isList: boolean;
  readonly training: boolean | undefined;
}

/** How a functional model calls its layers. The values are numbered: first the inputs, then the results of the calls. */
export interface CallGraph {
  /** The positions of the inputs among the layers. */
  readonly inputs: readonly number[];
  /** Each call comes after those whose results it takes. */
  readonly calls: readonly PlannedCall[];
  readonly outputs: readonly number[];
}
