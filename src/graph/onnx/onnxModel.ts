import { type Damaged, damagedFile } from "../../base/codec.ts";
import type { Attribute, NodeRecord } from "../core/graphNode.ts";

/** The errors about damaged files. */
export const damaged: Damaged = /* @__PURE__ */ damagedFile("ONNX file");

/** A tensor as a file stores it. */
export interface StoredTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** The code of the element type. */
  readonly type: number;
  /** The elements as bytes; undefined where they are in `numbers`, or in another file. */
  readonly raw: Uint8Array | undefined;
  readonly numbers: readonly number[];
  /** Where the elements are in another file: `location`, `offset` and `length`. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

/** An input or output as a file declares it. */
export interface DeclaredValue {
  readonly name: string;
  /** The code of the element type; undefined for what is not a tensor. */
  readonly type: number | undefined;
  /** The length of each axis, or the name of one that is free; undefined where the rank is not declared. */
  readonly dims: readonly (number | string)[] | undefined;
}

/** A node, with the parts of it that this library does not have. */
export interface OnnxNode extends NodeRecord {
  readonly domain: string;
  readonly attributes: readonly (readonly [name: string, value: Attribute])[];
  /** The attributes that are tensors. */
  readonly tensors: readonly (readonly [name: string, value: StoredTensor])[];
  /** The names of attributes of other kinds: graphs, sparse tensors. */
  readonly others: readonly string[];
}

/** A file, before anything in it is understood. */
export interface OnnxModel {
  readonly irVersion: number;
  /** The program that wrote it, with its version. */
  readonly producer: string;
  /** The version of the operators, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly StoredTensor[];
  readonly sparse: number;
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
}
