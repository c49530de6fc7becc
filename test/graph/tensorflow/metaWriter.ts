import type { MetaGraphFiles } from "gradus/graph";
import { checkpoint, floats, type Saved } from "../../io/checkpointWriter.ts";
import {
  bytes,
  float,
  join,
  type Message,
  message,
  packedFloats,
  packedWholes,
  text,
  whole,
} from "../protobufWriter.ts";

/** A tensor of a file: numbers one by one, the last one repeated; or its bytes. */
export interface MetaTensorFile {
  readonly dims: readonly number[];
  /** A code of DataType: 1 float, 3 int32, 9 int64, 10 bool. */
  readonly type?: number;
  readonly values?: readonly number[];
  readonly content?: Uint8Array;
  /** Elements in the field of floats, whatever the type is. */
  readonly floats?: readonly number[];
}

/** An attribute: a whole number, a text, or one of the others. */
export type MetaValue =
  | number
  | string
  | boolean
  | { readonly float: number }
  | { readonly type: number }
  | { readonly shape: readonly number[] | undefined }
  | { readonly list: readonly number[] }
  | { readonly shapes: readonly (readonly number[])[] }
  | { readonly tensor: MetaTensorFile };

export interface MetaNodeFile {
  readonly name: string;
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, MetaValue>>;
}

export interface MetaFile {
  readonly nodes: readonly MetaNodeFile[];
  /** Names in each collection; those of the collections of variables become their descriptions. */
  readonly collections?: Readonly<Record<string, readonly string[]>>;
  readonly producer?: number;
  readonly version?: string;
  /** Further fields of the graph and of the file. */
  readonly graphFields?: readonly Message[];
  readonly fields?: readonly Message[];
}

const shapeMessage = (shape: readonly number[] | undefined): Message =>
  shape ? join(shape.map((length) => message(2, whole(1, length)))) : whole(3, 1);

/** The field of the numbers of each type. */
const numberFields: Readonly<Record<number, number>> = { 1: 5, 2: 6, 3: 7, 9: 10, 10: 11 };

const doubles = (field: number, values: readonly number[]): Message =>
  bytes(field, new Uint8Array(Float64Array.from(values).buffer));

const encodeMetaTensor = ({ dims, type = 1, values, content, floats: misplaced }: MetaTensorFile): Message => {
  const parts = [whole(1, type), bytes(2, shapeMessage(dims))];
  if (content) parts.push(bytes(4, content));
  if (misplaced) parts.push(packedFloats(5, misplaced));
  if (values) {
    const field = numberFields[type] ?? 7;
    parts.push(type === 1 ? packedFloats(5, values) : type === 2 ? doubles(6, values) : packedWholes(field, values));
  }
  return join(parts);
};

const encodeValue = (value: MetaValue): Message => {
  if (typeof value === "number") return whole(3, value);
  if (typeof value === "string") return text(2, value);
  if (typeof value === "boolean") return whole(5, Number(value));
  if ("float" in value) return float(4, value.float);
  if ("type" in value) return whole(6, value.type);
  if ("shape" in value) return bytes(7, shapeMessage(value.shape));
  if ("list" in value) return message(1, packedWholes(3, value.list));
  if ("shapes" in value) return message(1, ...value.shapes.map((shape) => bytes(7, shapeMessage(shape))));
  return bytes(8, encodeMetaTensor(value.tensor));
};

const encodeNode = ({ name, op, inputs = [], attributes = {} }: MetaNodeFile): Message =>
  join([
    text(1, name),
    text(2, op),
    ...inputs.map((input) => text(3, input)),
    ...Object.entries(attributes).map(([key, value]) => message(5, text(1, key), bytes(2, encodeValue(value)))),
  ]);

/** Collections whose entries are descriptions of variables. */
const ofVariables = ["variables", "trainable_variables"];

const encodeCollection = (key: string, names: readonly string[]): Message => {
  const list = ofVariables.includes(key)
    ? message(2, ...names.map((name) => message(1, text(1, name), text(2, `${name}/Assign`))))
    : message(1, ...names.map((name) => text(1, name)));
  return message(4, text(1, key), bytes(2, list));
};

/** The bytes of a `.meta` file. */
export const encodeMeta = ({
  nodes,
  collections = {},
  producer = 26,
  version = "1.7.0",
  graphFields = [],
  fields = [],
}: MetaFile): Uint8Array<ArrayBuffer> =>
  join([
    message(1, text(5, version)),
    message(2, ...nodes.map((node) => bytes(1, encodeNode(node))), message(4, whole(1, producer)), ...graphFields),
    message(3, text(1, "save/Const:0")),
    ...Object.entries(collections).map(([key, names]) => encodeCollection(key, names)),
    ...fields,
  ]) as Uint8Array<ArrayBuffer>;

/** The values of variables, as they are saved. */
export type MetaValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] } | Saved>
>;

/** The bytes of the three files. */
export interface EncodedFiles extends MetaGraphFiles {
  readonly meta: Uint8Array<ArrayBuffer>;
  readonly index: Uint8Array;
  readonly data: Uint8Array[];
}

/** The three files. */
export const encodeMetaFiles = (file: MetaFile, values: MetaValues): EncodedFiles => {
  const saved = Object.entries(values).map(([name, value]) => [
    name,
    "bytes" in value ? value : { dtype: 1, shape: value.shape, bytes: floats(...value.values) },
  ]);
  const { index, data } = checkpoint(Object.fromEntries(saved));
  return { meta: encodeMeta(file), index, data };
};
