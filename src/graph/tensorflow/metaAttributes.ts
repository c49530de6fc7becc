import { ProtoReader } from "../core/protoReader.ts";
import type { MetaAttribute, MetaNode, MetaShape, MetaTensor } from "./metaGraph.ts";

/** More axes than any tensor has. */
const maxAxes = 64;

/** The attributes of a node by name. @throws DataError for damage. */
export const attributesOf = ({ name, attributes }: MetaNode, where: string): ReadonlyMap<string, MetaAttribute> => {
  const decoded = new Map<string, MetaAttribute>();
  for (const bytes of attributes) {
    const reader = new ProtoReader(bytes, where, `an attribute of "${name}"`);
    let key = "";
    let value: MetaAttribute = {};
    while (reader.next()) {
      if (reader.field === 1) key = reader.text();
      else if (reader.field === 2) value = readAttrValue(reader.message("an attribute"));
      else reader.skip();
    }
    decoded.set(key, value);
  }
  return decoded;
};

/** A message of its own kind: of functions and placeholders, which no operator here has, nothing is left. */
const readAttrValue = (reader: ProtoReader): MetaAttribute => {
  let value: MetaAttribute = {};
  while (reader.next()) {
    if (reader.field === 1) value = readListValue(reader.message("a list"));
    else if (reader.field === 2) value = { text: reader.text(false) };
    else if (reader.field === 3 || reader.field === 5) value = { number: reader.whole() };
    else if (reader.field === 4) value = { number: reader.float() };
    else if (reader.field === 6) value = { type: reader.whole() };
    else if (reader.field === 7) value = { shape: readShape(reader.message("a shape")) };
    else if (reader.field === 8) value = { tensor: readTensorProto(reader.message("a tensor")) };
    else reader.skip();
  }
  return value;
};

const readListValue = (reader: ProtoReader): MetaAttribute => {
  const numbers: number[] = [];
  const shapes: MetaShape[] = [];
  while (reader.next()) {
    if (reader.field === 3 || reader.field === 5) reader.wholes(numbers);
    else if (reader.field === 4) reader.floats(numbers);
    else if (reader.field === 7) reader.into(shapes, readShape(reader.message("a shape")));
    else reader.skip();
  }
  return { numbers, shapes };
};

const readShape = (reader: ProtoReader): MetaShape => {
  const dims: number[] = [];
  let isUnknown = false;
  while (reader.next()) {
    if (reader.field === 2) {
      const axis = reader.message("an axis");
      let length = 0;
      while (axis.next()) {
        if (axis.field === 1) length = axis.whole();
        else axis.skip();
      }
      dims.push(length);
    } else if (reader.field === 3) isUnknown = reader.whole() !== 0;
    else reader.skip();
    if (dims.length > maxAxes) throw reader.damaged(`a tensor may have ${maxAxes} axes`, "more");
  }
  return isUnknown ? undefined : dims;
};

/** Reads where the elements of a tensor are, and not the elements. */
const readTensorProto = (reader: ProtoReader): MetaTensor => {
  const numbers: number[] = [];
  let type = 0;
  let dims: readonly number[] = [];
  let content: Uint8Array | undefined;
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) type = reader.whole();
    else if (field === 2) dims = readShape(reader.message("a shape")) ?? [-1];
    else if (field === 4) content = reader.bytes();
    else if (field === 5) reader.floats(numbers);
    else if (field === 6) reader.floats(numbers, 8);
    // int_val, int64_val, bool_val, half_val, uint32_val, uint64_val
    else if (field === 7 || field === 10 || field === 11 || field === 13 || field === 16 || field === 17)
      reader.wholes(numbers);
    else reader.skip();
  }
  return { type, dims, content: content?.length ? content : undefined, numbers };
};
