import { asList, asNumber, asRecord, asText, asWhole, damaged } from "../io/json.ts";
import type {
  ActivationInspection,
  ClassInspection,
  Histogram,
  Inspection,
  Mistake,
  OutputInspection,
  Residual,
  SetupInspection,
  ValueInspection,
  VariableInspection,
} from "./inspection.ts";

const longest = 2 ** 20;

/** Reads the parts of one object, each of which must be what it says. */
class Reader {
  readonly #where: string;
  readonly #record: Readonly<Record<string, unknown>>;

  constructor(where: string, value: unknown) {
    this.#where = where;
    this.#record = asRecord(where, "an inspection", value);
  }

  number(name: string): number {
    return asNumber(this.#where, name, this.#record[name]);
  }

  whole(name: string): number {
    return asWhole(this.#where, name, this.#record[name]);
  }

  text(name: string): string {
    return asText(this.#where, name, this.#record[name]);
  }

  list<T>(name: string, read: (value: unknown) => T): readonly T[] {
    return asList(this.#where, name, this.#record[name], longest).map(read);
  }

  /** The part of a name, where there is one. */
  optional<Name extends string, T>(name: Name, read: (value: unknown) => T): { readonly [Key in Name]?: T } {
    const value = this.#record[name];
    return (value === undefined ? {} : { [name]: read(value) }) as { readonly [Key in Name]?: T };
  }
}

/** What was seen of a run, from a file. @throws DataError for records that are damaged. */
export const inspectionsOf = (where: string, value: unknown): readonly Inspection[] => {
  const number = (one: unknown): number => asNumber(where, "a number of an inspection", one);
  const text = (one: unknown): string => asText(where, "a text of an inspection", one);
  const list = <T>(one: unknown, read: (entry: unknown) => T): readonly T[] =>
    asList(where, "a list of an inspection", one, longest).map(read);

  const histogram = (one: unknown): Histogram => {
    const reader = new Reader(where, one);
    return { low: reader.number("low"), high: reader.number("high"), counts: reader.list("counts", number) };
  };
  const variable = (one: unknown): VariableInspection => {
    const reader = new Reader(where, one);
    return {
      name: reader.text("name"),
      ...reader.optional("norm", number),
      ...reader.optional("gradientNorm", number),
      ...reader.optional("updateRatio", number),
      ...reader.optional("histogram", histogram),
      ...reader.optional("isNonFinite", (flag) => flag === true),
    };
  };
  const activation = (one: unknown): ActivationInspection => {
    const reader = new Reader(where, one);
    return {
      layer: reader.text("layer"),
      activation: reader.text("activation"),
      ...reader.optional("saturated", number),
      ...reader.optional("dead", number),
      ...reader.optional("mean", number),
      ...reader.optional("deviation", number),
    };
  };
  const mistake = (one: unknown): Mistake => {
    const reader = new Reader(where, one);
    return {
      row: reader.whole("row"),
      label: reader.whole("label"),
      predicted: reader.whole("predicted"),
      probability: reader.number("probability"),
      labelProbability: reader.number("labelProbability"),
      ...reader.optional("pixels", text),
    };
  };
  const imageShape = (one: unknown): readonly [number, number, number] => {
    const sizes = list(one, (size) => asWhole(where, "a size of an image", size));
    if (sizes.length === 3) return [sizes[0], sizes[1], sizes[2]];
    throw damaged(where, "the shape of an image must be [height, width, channels]", `${sizes.length} numbers`);
  };
  const classes = (one: unknown): ClassInspection => {
    const reader = new Reader(where, one);
    return {
      data: reader.text("data"),
      examples: reader.whole("examples"),
      confusion: reader.list("confusion", (row) => list(row, number)),
      mistakes: reader.list("mistakes", mistake),
      ...reader.optional("imageShape", imageShape),
    };
  };
  const residual = (one: unknown): Residual => {
    const reader = new Reader(where, one);
    return { row: reader.whole("row"), target: reader.number("target"), predicted: reader.number("predicted") };
  };
  const output = (one: unknown): OutputInspection => {
    const reader = new Reader(where, one);
    return {
      ...reader.optional("rSquared", number),
      ...reader.optional("meanAbsoluteError", number),
      some: reader.list("some", residual),
      worst: reader.list("worst", residual),
    };
  };
  const values = (one: unknown): ValueInspection => {
    const reader = new Reader(where, one);
    return { data: reader.text("data"), examples: reader.whole("examples"), outputs: reader.list("outputs", output) };
  };
  const fact = (one: unknown): readonly [string, string] => {
    const [name, of] = list(one, text);
    return [name ?? "", of ?? ""];
  };
  const setup = (one: unknown): SetupInspection => {
    const reader = new Reader(where, one);
    return {
      model: reader.text("model"),
      ...reader.optional("summary", text),
      ...reader.optional("classNames", (names) => list(names, text)),
      facts: reader.list("facts", fact),
    };
  };
  return asList(where, "the inspections", value, longest).map((one): Inspection => {
    const reader = new Reader(where, one);
    return {
      step: reader.whole("step"),
      epoch: reader.number("epoch"),
      ...reader.optional("loss", number),
      ...reader.optional("variables", (all) => list(all, variable)),
      ...reader.optional("activations", (all) => list(all, activation)),
      ...reader.optional("classes", classes),
      ...reader.optional("values", values),
      ...reader.optional("setup", setup),
    };
  });
};
