import { type Damaged, damagedFile } from "../../base/codec.ts";

/** The errors about damaged files. */
export const damagedMeta: Damaged = /* @__PURE__ */ damagedFile("MetaGraph of TensorFlow");

/** A node as a file stores it. Most nodes of a file are never needed: their attributes stay bytes. */
export interface MetaNode {
  /** Unique in the file. */
  readonly name: string;
  readonly op: string;
  /** What it reads: `name`, `name:1` for another output than the first, `^name` for one that only has to be done before. */
  readonly inputs: readonly string[];
  /** The entries of the map of attributes, which `attributesOf` decodes. */
  readonly attributes: readonly Uint8Array[];
}

/** A tensor as a file stores it. */
export interface MetaTensor {
  /** A number of TensorFlow's enumeration DataType. */
  readonly type: number;
  readonly dims: readonly number[];
  /** The elements as bytes; undefined where they are in `numbers`. */
  readonly content: Uint8Array | undefined;
  /** The elements one by one; the last one is repeated up to the shape. */
  readonly numbers: readonly number[];
}

/** A shape: -1 for free lengths; undefined where the rank is unknown. */
export type MetaShape = readonly number[] | undefined;

/** What an attribute holds: one of these. A boolean is 0 or 1. */
export interface MetaAttribute {
  readonly text?: string;
  readonly number?: number;
  /** A number of the enumeration DataType. */
  readonly type?: number;
  readonly shape?: MetaShape;
  readonly tensor?: MetaTensor;
  readonly numbers?: readonly number[];
  readonly shapes?: readonly MetaShape[];
}

/** A file, before anything in it is understood. */
export interface MetaGraph {
  /** The version of TensorFlow that wrote it: `1.7.0`; "" where the file does not say it. */
  readonly version: string;
  /** The version of the graph's format. */
  readonly producer: number;
  readonly nodes: readonly MetaNode[];
  /** The names in each collection: of tensors and nodes, or of variables. */
  readonly collections: ReadonlyMap<string, readonly string[]>;
  /** The size of the file. */
  readonly bytes: number;
}
