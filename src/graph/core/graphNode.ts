import type { Variable } from "../../autograd/variable.ts";
import { DataError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { Random } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Budget, HostArray, tensorOf, type Value } from "./hostArray.ts";

/** A number of an attribute, a text, or a list of either. */
export type Attribute = number | string | readonly number[] | readonly string[];

/** A node as files describe it. */
export interface NodeRecord {
  /** May be missing or repeated in files; errors show it. */
  readonly name: string;
  /** The operator. */
  readonly op: string;
  /** The names of its inputs; "" is one that is left out. */
  readonly inputs: readonly string[];
  /** The names of its outputs; "" is one that nothing asks for. */
  readonly outputs: readonly string[];
  readonly attributes: readonly (readonly [name: string, value: Attribute])[];
}

/** What a run of a graph gives its nodes. */
export interface RunContext {
  /** Whether dropout drops and batch normalization uses the batch. */
  readonly training: boolean;
  /** Bounds what the host computes. */
  readonly budget: Budget;
  /** The graph's stream of random numbers. */
  readonly random: () => Random;
  /** The variable of a tensor; undefined for one that is not a variable. */
  readonly variable: (tensor: string) => Variable | undefined;
  /** Whether the graph as a whole is trained. */
  readonly trainable: boolean;
  /** Whether this run trains: some of the variables at least, where there are any to train. */
  readonly isTrained: boolean;
  /** The rows that the file is fixed to, and those of this run; undefined where they are the same. */
  readonly rows: { readonly declared: number; readonly actual: number } | undefined;
}

/** The inputs of a node: undefined for one that is left out. */
export type Inputs = readonly (Value | undefined)[];

/** Computes the outputs of a node; the first alone where there is no other. Undefined: one that is not there in this run. */
export type Compute = (inputs: Inputs, context: RunContext) => Value | readonly (Value | undefined)[];

/** Reads the attributes of a node once, when the graph is made, and returns how it is computed. */
export type Operator = (node: GraphNode) => Compute;

/** Operators by name. */
export type Operators = Readonly<Record<string, Operator>>;

/** A node with access to its attributes. */
export class GraphNode implements NodeRecord {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: NodeRecord["attributes"];
  /** The version of the operators: ONNX's opset, the producer of TensorFlow. */
  readonly version: number;
  readonly #values: ReadonlyMap<string, Attribute>;

  constructor({ name, op, inputs, outputs, attributes }: NodeRecord, version: number) {
    this.name = name;
    this.op = op;
    this.inputs = inputs;
    this.outputs = outputs;
    this.attributes = attributes;
    this.version = version;
    this.#values = new Map(attributes);
  }

  /** The node in errors: its name or, where it has none, its first output. */
  get label(): string {
    return `node "${this.name || this.outputs[0]}" (${this.op})`;
  }

  number(name: string, fallback: number): number {
    const value = this.#values.get(name) ?? fallback;
    return typeof value === "number" ? value : this.#wrong(name, "a number", value);
  }

  whole(name: string, fallback: number): number {
    const value = this.number(name, fallback);
    return Number.isSafeInteger(value) ? value : this.#wrong(name, "a whole number", value);
  }

  text(name: string, fallback: string): string {
    const value = this.#values.get(name) ?? fallback;
    return typeof value === "string" ? value : this.#wrong(name, "text", value);
  }

  /** A list of numbers; undefined where there is none. */
  list(name: string): readonly number[] | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.every((entry) => typeof entry === "number");
    return isList ? (value as readonly number[]) : this.#wrong(name, "a list of numbers", value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Whether something may ask for an output. */
  hasOutput(index: number): boolean {
    return (this.outputs[index] ?? "") !== "";
  }

  /** An input. @throws DataError when it is left out. */
  input(inputs: Inputs, index: number): Value {
    const value = inputs[index];
    if (value) return value;
    throw new DataError(
      `graph: ${this.label} must have an input ${index}, got ${this.inputs.length} inputs. Check the file.`,
    );
  }

  /** An input as a tensor. */
  tensor(inputs: Inputs, index: number): Tensor {
    return tensorOf(this.input(inputs, index));
  }

  /** An input that must be known before anything is computed from the data. @param what What it is: `the shape`. */
  host(inputs: Inputs, index: number, what: string): HostArray {
    const value = this.input(inputs, index);
    if (value instanceof HostArray) return value;
    throw new DataError(
      `graph: ${this.label}: ${what} must follow from shapes and constants alone, got values that are computed from the data. ` +
        "Such graphs cannot be run here.",
    );
  }

  /** The numbers of such an input; undefined where it is left out. */
  numbers(inputs: Inputs, index: number, what: string): readonly number[] | undefined {
    return inputs[index] && [...this.host(inputs, index, what).data];
  }

  /** @throws DataError for an attribute that has no meaning here. */
  refuse(rule: string, got: unknown): never {
    throw new DataError(`graph: ${this.label}: ${rule}, got ${showValue(got)}. Export the model without it.`);
  }

  #wrong(name: string, words: string, value: unknown): never {
    throw new DataError(`graph: ${this.label}: ${name} must be ${words}, got ${showValue(value)}. Check the file.`);
  }
}
