/** An input or output of a graph, as a file declares it. */
export interface DescribedTensor {
  /** Its name in the file. */
  readonly name: string;
  /** The length of each axis; the name of a free one, "" where it has none. Undefined where the file does not say it. */
  readonly shape: readonly (number | string)[] | undefined;
  /** The type of the elements in the file: `float16`. */
  readonly dtype: string;
}

/** What a file holds, without its weights. */
export interface GraphDescription {
  /** The format of the file. */
  readonly format: "onnx" | "tensorflow";
  /** The program that wrote it, with its version. */
  readonly producer: string;
  /** The version of the file format; of TensorFlow that of its graphs. */
  readonly irVersion: number;
  /** The version of the operators, by domain; ONNX's own is "". */
  readonly opsets: Readonly<Record<string, number>>;
  /** What it takes. */
  readonly inputs: readonly DescribedTensor[];
  /** What it gives. A file of TensorFlow does not name it: what the loss reads. */
  readonly outputs: readonly DescribedTensor[];
  /** How many nodes each operator has; of TensorFlow those that the outputs need. */
  readonly operators: Readonly<Record<string, number>>;
  /** The nodes that are not computed here, by operator, domain and version. */
  readonly unsupported: Readonly<Record<string, readonly string[]>>;
  /** The names of all that nodes compute, in the order of the file. */
  readonly tensors: readonly string[];
  /** The tensors that the file stores. */
  readonly weights: readonly DescribedTensor[];
  /** The files beside it that hold weights. */
  readonly external: readonly string[];
  /** What the program that wrote it has added, such as names of classes. */
  readonly metadata: Readonly<Record<string, string>>;
}
