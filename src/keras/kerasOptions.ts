import { isObject, type Misfits, shownValue } from "./kerasConfig.ts";
import { readActivation, readFunction } from "./kerasFunctions.ts";

/** The types that layers compute with; weights of any width become float32, in which everything is computed. */
const floatPolicy = /^(mixed_)?(b?float16|float32|float64)$/;

/** "kernel_initializer" → "kernelInitializer". */
const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The options of one layer. What no counterpart is taken from is reported by `finish`. */
export class KerasOptions {
  readonly name: string;
  readonly className: string;
  /** The major version of Keras that wrote the file. */
  readonly version: 2 | 3;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #misfits: Misfits;
  readonly #left: Set<string>;

  constructor(
    name: string,
    className: string,
    config: Readonly<Record<string, unknown>>,
    misfits: Misfits,
    version: 2 | 3,
  ) {
    this.name = name;
    this.className = className;
    this.version = version;
    this.#config = config;
    this.#misfits = misfits;
    this.#left = new Set(Object.keys(config));
  }

  /** The value of an option; undefined where it is missing or null. */
  take(option: string): unknown {
    this.#left.delete(option);
    return Object.hasOwn(this.#config, option) ? (this.#config[option] ?? undefined) : undefined;
  }

  /** Reports an option as one without a counterpart. */
  refuse(option: string, value: unknown): void {
    this.#misfits.add(this.name, this.className, `${option} ${shownValue(value)}`);
  }

  /** An option that has a counterpart only with these values, or left out. */
  only(option: string, ...values: readonly unknown[]): void {
    const value = this.take(option);
    if (value !== undefined && !values.some((each) => shownValue(each) === shownValue(value)))
      this.refuse(option, value);
  }

  /** Options that have no effect on what the layer computes here. */
  without(...options: readonly string[]): void {
    for (const option of options) this.#left.delete(option);
  }

  /** The options of these names under the names that they have here. The layers check the values. */
  same(...options: readonly string[]): Record<string, unknown> {
    const taken = options.map((option): [string, unknown] => [camelCase(option), this.take(option)]);
    return Object.fromEntries(taken.filter(([, value]) => value !== undefined));
  }

  /** As `same`, for options that Keras writes as a list of one number. */
  single(...options: readonly string[]): Record<string, unknown> {
    const entries = Object.entries(this.same(...options));
    return Object.fromEntries(
      entries.map(([name, value]) => [name, Array.isArray(value) && value.length === 1 ? value[0] : value]),
    );
  }

  /** Initializer, regularizer and constraint of variables. */
  variables(...names: readonly string[]): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [kind, read] of Object.entries(readFunction)) {
      for (const name of names) {
        const option = `${name}_${kind}`;
        const value = this.take(option);
        if (value === undefined) continue;
        const made = this.#tried(() => read(value));
        if (made === undefined) this.refuse(option, value);
        else result[camelCase(option)] = made;
      }
    }
    return result;
  }

  /** The option `activation` of a layer that computes something else before. */
  activation(): Record<string, unknown> {
    const value = this.take("activation");
    const activation = readActivation(value);
    // Its slope is 0.2, and a name alone has another one here.
    if (activation === undefined || activation === "leakyRelu") this.refuse("activation", value);
    return activation === undefined || activation === "linear" ? {} : { activation };
  }

  /** The options that every layer has. */
  common(): Record<string, unknown> {
    const dtype = this.take("dtype");
    const policy = isObject(dtype) && isObject(dtype.config) ? dtype.config.name : dtype;
    if (dtype !== undefined && !(typeof policy === "string" && floatPolicy.test(policy))) this.refuse("dtype", dtype);
    this.only("data_format", "channels_last");
    this.without("batch_input_shape", "batch_shape", "seed", "input_length");
    const penalty = this.take("activity_regularizer");
    const regularizer = penalty === undefined ? undefined : this.#tried(() => readFunction.regularizer(penalty));
    // Keras 3 does not divide it by the number of rows.
    if (penalty !== undefined && (regularizer === undefined || this.version === 3)) {
      this.refuse("activity_regularizer", penalty);
    }
    return {
      ...this.same("trainable"),
      name: this.take("name"),
      ...(regularizer && { activityRegularizer: regularizer }),
    };
  }

  /** Reports the options that nothing took. Those that are null are off. */
  finish(): void {
    for (const option of this.#left) {
      const value = this.#config[option];
      if (value !== null) this.refuse(option, value);
    }
  }

  /** The result of a function; undefined where it throws for its options. */
  #tried<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch {
      return undefined;
    }
  }
}
