import { ShapeError, ValueError } from "../base/errors.ts";
import type { Layer } from "../layers/base/layer.ts";
import { Model } from "../layers/functional/model.ts";
import { TableEncoder } from "../layers/preprocessing/tableEncoder.ts";
import { Sequential } from "../layers/sequential.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Graph } from "./graph.ts";
import type { ExportInput } from "./onnx/export/exportInput.ts";
import type { EncodeOnnxOptions } from "./onnx/export/exportOptions.ts";
import { finishOutput } from "./onnx/export/finishOutput.ts";
import { columnInputs, columnsToRows } from "./onnx/export/tableInputs.ts";

/** What a model takes and gives, as a function of tensors. */
export interface Signature {
  readonly inputs: readonly ExportInput[];
  readonly compute: (inputs: readonly Tensor[]) => readonly Tensor[];
  /** The names of the outputs; undefined for the name of the layer that computes it. */
  readonly outputs: readonly (string | undefined)[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The encoder that a model begins with. */
const encoderOf = (model: Layer): TableEncoder | undefined => {
  if (model instanceof TableEncoder) return model;
  return model instanceof Sequential ? encoderOf(model.layers[0]) : undefined;
};

/**
 * What a file of the model takes and gives.
 * @throws ValueError for a model whose input is not known, and for options that do not fit it.
 */
export const signatureOf = (where: string, model: Layer, options: EncodeOnnxOptions): Signature => {
  const encoder = encoderOf(model);
  const signature = encoder && options.input === undefined ? ofTable(model, encoder) : ofModel(where, model, options);
  const { output } = options;
  if (output !== undefined && signature.outputs.length !== 1) {
    throw new ValueError(
      `${where}: output is for models with one output, got ${JSON.stringify(output)} for the outputs ${signature.outputs.join(", ")}. Leave it out.`,
    );
  }
  checkColumns(where, signature, options);
  const target = encoder?.target;
  const classes =
    options.classes ??
    (target?.type === "category" ? target.classes : target?.type === "boolean" ? ["false", "true"] : undefined);
  const columns = options.columns ?? encoder?.columns.map(({ name }) => name);
  const categories = encoder?.columns.flatMap((column) =>
    column.type === "category" ? [[column.name, column.categories] as const] : [],
  );
  return {
    ...signature,
    outputs: output === undefined ? signature.outputs : [output],
    compute: (inputs) => {
      const outputs = signature.compute(inputs);
      checkClasses(where, outputs, options.classes);
      return output === undefined ? outputs : [finishOutput(where, model, outputs[0], output, target)];
    },
    metadata: {
      ...(classes && { classes: JSON.stringify(classes) }),
      ...(columns && { columns: JSON.stringify(columns) }),
      ...(categories && categories.length > 0 && { categories: JSON.stringify(Object.fromEntries(categories)) }),
      ...(target && { target: JSON.stringify(target.name) }),
    },
  };
};

type Computed = Omit<Signature, "metadata">;

/** A model with an encoder in front takes each column by its name. */
const ofTable = (model: Layer, { columns }: TableEncoder): Computed => ({
  inputs: columnInputs(columns),
  compute: (inputs) => [model.call(columnsToRows(columns, inputs))],
  outputs: [undefined],
});

const ofModel = (where: string, model: Layer, { input }: EncodeOnnxOptions): Computed => {
  if (model instanceof Model) return ofBranches(where, model, input);
  if (model instanceof Graph) return ofGraph(where, model, input);
  const row = model.builtFor;
  if (row === undefined || model.takesSeveral) {
    const rule =
      row === undefined
        ? "the model must know the shape of its input"
        : "a layer that takes several tensors must be in a Model";
    const fix =
      row === undefined
        ? "Pass inputShape, or call it once."
        : "Make one with input(...) and new Model({ inputs, outputs }).";
    throw new ValueError(
      `${where}: ${rule}, got ${model.path}${row === undefined ? " before its first call" : ""}. ${fix}`,
    );
  }
  return {
    inputs: [{ name: input ?? "x", shape: [undefined, ...row], dtype: undefined }],
    compute: ([x]) => [model.call(x)],
    outputs: [undefined],
  };
};

const ofBranches = (where: string, model: Model, input: string | undefined): Computed => {
  const { inputs, outputs } = model;
  checkSingle(where, input, inputs);
  return {
    inputs: inputs.map(({ name, shape, dtype }) => ({ name: input ?? name, shape: [undefined, ...shape], dtype })),
    compute: (tensors) => {
      const results = model.run(tensors);
      return outputs.map(({ name }) => results[name]);
    },
    outputs: outputs.map(({ name }) => name),
  };
};

const ofGraph = (where: string, graph: Graph, input: string | undefined): Computed => {
  const { inputs, outputs } = graph;
  checkSingle(where, input, inputs);
  for (const { name, shape } of inputs) {
    if (!shape.slice(1).includes(undefined)) continue;
    throw new ShapeError(
      `${where}: only the first axis of an input may be free, got the shape [${shape.map((length) => length ?? "*").join(", ")}] of "${name}". ` +
        "Export the model from the program that made it.",
    );
  }
  return {
    inputs: inputs.map(({ name, shape, dtype }) => ({ name: input ?? name, shape, dtype })),
    compute: (tensors) => {
      const results = graph.run(Object.fromEntries(tensors.map((tensor, index) => [inputs[index].name, tensor])));
      return outputs.map(({ name }) => results[name]);
    },
    outputs: outputs.map(({ name }) => name),
  };
};

const checkSingle = (where: string, input: string | undefined, inputs: readonly { readonly name: string }[]): void => {
  if (input === undefined || inputs.length === 1) return;
  throw new ValueError(
    `${where}: input is for models with one input, got "${input}" for the inputs ${inputs.map(({ name }) => name).join(", ")}. Leave it out.`,
  );
};

const checkColumns = (where: string, { inputs }: Computed, { columns }: EncodeOnnxOptions): void => {
  if (columns === undefined) return;
  const width = inputs.length > 1 ? inputs.length : inputs[0].shape.length === 2 ? inputs[0].shape[1] : undefined;
  if (width === columns.length) return;
  throw new ValueError(
    `${where}: columns must name each of the ${width ?? "features of a"} ${width === undefined ? "row" : "features"}, got ${columns.length} names. Correct them, or leave them out.`,
  );
};

/** One score stands for two classes. */
const checkClasses = (where: string, outputs: readonly Tensor[], classes: readonly string[] | undefined): void => {
  if (classes === undefined) return;
  const width = outputs[0].axes.at(-1) ?? 0;
  if (outputs.length === 1 && (width === classes.length || (width === 1 && classes.length === 2))) return;
  throw new ValueError(
    `${where}: classes must name each of the outputs, got ${classes.length} names for outputs of ${outputs.map(({ axes }) => formatShape(axes.slice(1))).join(", ")}. ` +
      "Correct them, or leave them out.",
  );
};
