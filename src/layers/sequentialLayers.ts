import { DTypeError, ShapeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import type { DType } from "../tensor/dtype.ts";
import { inferOutput } from "../tensor/interpret/shapeInterpreter.ts";
import { formatShape, type Shape } from "../tensor/shape.ts";
import { asLayer } from "./activation.ts";
import type { ActivationFunction } from "./base/activations.ts";
import { Layer } from "./base/layer.ts";
import { alongNetwork } from "./base/layerChecks.ts";

/**
 * The layers of a `Sequential`; bare functions become layers.
 * @throws ValueError unless it is a list of at least one layer or function, and nothing else.
 */
export const checkLayers = (where: string, layers: readonly unknown[]): readonly Layer[] => {
  if (!Array.isArray(layers) || layers.length === 0) {
    const got = Array.isArray(layers) ? "an empty list" : showValue(layers);
    throw new ValueError(`${where}: layers must be a list of at least one layer, got ${got}. Add a layer.`);
  }
  return layers.map((layer: unknown, index) => {
    if (layer instanceof Layer || typeof layer === "function") return asLayer(layer as Layer | ActivationFunction);
    throw new ValueError(
      `${where}: each of the layers must be a layer or a function of a tensor, got ${showValue(layer)} at position ${index}. ${typeof layer === "string" ? `Write new Activation("${layer}").` : "Remove it."}`,
    );
  });
};

/** The number of rows with which shapes are worked out; not one, which would broadcast. */
const rowsInShapes = 2;

/**
 * The shape of a row of each layer's output, for rows of this shape; the layers create their variables.
 * @throws ShapeError for a layer that does not output one row for each row of its input.
 */
export const outputShapesOf = (layers: readonly Layer[], inputShape: Shape): readonly Shape[] =>
  forAnyInput((inputType) => {
    const outputShapes: Shape[] = [];
    let row = inputShape;
    let dtype = inputType;
    for (const layer of layers) {
      const output = namingShapes(layers, [inputShape, ...outputShapes], () => {
        layer.buildFor(row);
        return inferOutput((x) => layer.call(x), [{ shape: [rowsInShapes, ...row], dtype }]);
      });
      if (output.shape[0] !== rowsInShapes) {
        throw new ShapeError(
          `${layer.path}: a layer must output one row for each row of its input, got shape ${formatShape(output.shape)} ` +
            `for ${rowsInShapes} rows of shape ${formatShape(row)}. Keep the first axis.`,
        );
      }
      dtype = output.dtype;
      row = output.shape.slice(1);
      outputShapes.push(row);
    }
    return outputShapes;
  });

/** Adds the shapes up to a layer to its ShapeError. */
const namingShapes = <T>(layers: readonly Layer[], rows: readonly Shape[], infer: () => T): T => {
  try {
    return infer();
  } catch (cause) {
    if (!(cause instanceof ShapeError) || rows.length < 2) throw cause;
    throw alongNetwork(
      cause,
      rows.map((row, index) => [index === 0 ? "input" : layers[index - 1].name, row]),
    );
  }
};

/**
 * Runs layers on shapes alone: with a float32 input or, where they do not take it, with int32, as tables of embeddings do.
 * @throws DTypeError of the float32 input for layers that take neither; else what the layers throw for the one that they take.
 */
export const forAnyInput = <T>(infer: (dtype: DType) => T): T => {
  try {
    return infer("float32");
  } catch (error) {
    if (!(error instanceof DTypeError)) throw error;
    try {
      return infer("int32");
    } catch (other) {
      throw other instanceof DTypeError ? error : other;
    }
  }
};

/** Makes the layers part of a model. @throws ValueError for a layer in two positions, and for two layers of the same name. */
export const attachToModel = (model: Layer, layers: readonly Layer[]): void => {
  layers.forEach((layer, index) => {
    const first = layers.indexOf(layer);
    if (first === index) return;
    throw new ValueError(
      `${model.path}: a model may contain each layer once, got "${layer.name}" at positions ${first} and ${index}. Create another one.`,
    );
  });
  model.attachAll(layers);
};
