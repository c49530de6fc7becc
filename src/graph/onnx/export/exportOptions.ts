import { listOf, type OptionRule, type OptionRules, text } from "../../../base/options.ts";

/** What the last output of a model is to be. */
export type OnnxOutput = "logits" | "probabilities" | "labels" | "values";

/** Options of `encodeOnnx` and `saveOnnx`. */
export interface EncodeOnnxOptions {
  /**
   * The version of ONNX's operators: 17, which most runtimes of the last years take, 13 for older ones, or 20 for newer ones, in
   * which Gelu is one operator. Default: 17.
   */
  readonly opset?: 13 | 17 | 20;
  /**
   * The name of the input, of a model with one. With a `TableEncoder` in front the model then takes one tensor [rows, columns], as
   * in this library. Default: "x"; the names of the inputs of a `Model` or a `Graph`; the names of the columns of a `TableEncoder`.
   */
  readonly input?: string;
  /**
   * What the file computes, which is also the name of its output: "logits", the scores of the last layer; "probabilities", with
   * softmax, or sigmoid for one score, where the model does not end with it; "labels", whole numbers; "values", the predictions of a table's
   * target of numbers in its units. Default: what the model returns, named after the last layer, or as the outputs of a `Model` or `Graph`.
   */
  readonly output?: OnnxOutput;
  /** The names of the classes, for the file's metadata. Default: those of the target of a `TableEncoder`. */
  readonly classes?: readonly string[];
  /** The names of the features of a row, for the file's metadata. Default: those of the columns of a `TableEncoder`. */
  readonly columns?: readonly string[];
}

const names = /* @__PURE__ */ listOf("texts", (entry) => typeof entry === "string");

const different: OptionRule = {
  words: "an array of one or more different texts",
  holds: (value) =>
    names.holds(value) &&
    (value as unknown[]).length > 0 &&
    new Set(value as unknown[]).size === (value as unknown[]).length,
};

const opsets: readonly unknown[] = [13, 17, 20];
const outputs: readonly unknown[] = ["logits", "probabilities", "labels", "values"] satisfies readonly OnnxOutput[];

/** The rules of the options. */
export const exportRules: OptionRules<EncodeOnnxOptions> = {
  opset: { words: `one of ${opsets.join(", ")}`, holds: (value) => opsets.includes(value) },
  input: text,
  output: { words: `one of ${outputs.join(", ")}`, holds: (value) => outputs.includes(value) },
  classes: different,
  columns: different,
};
