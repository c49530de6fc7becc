import * as gradus from "gradus";
import {
  constant,
  fill,
  type Layer,
  l2,
  maxNorm,
  mean,
  mul,
  Random,
  randomNormal,
  SGD,
  square,
  type Tensor,
  tensor,
} from "gradus";
import { describe, expect, test } from "vitest";

type Options = Readonly<Record<string, unknown>>;
type LayerClass = new (options: Options) => Layer;

/** How to test a class where the defaults below do not fit. */
interface Setting {
  readonly make?: (options: Options) => Layer;
  /** Options without which the constructor throws, or the input does not fit. */
  readonly needed?: Options;
  readonly input?: () => Tensor;
  /** Options that have an effect only beside another. */
  readonly beside?: Readonly<Record<string, Options>>;
  /** Two values with different effects, for an option whose rule in words does not tell any. */
  readonly values?: Readonly<Record<string, readonly [unknown, unknown]>>;
  /** Options that do not change what the layer computes. */
  readonly silent?: readonly string[];
}

const images = (channels: number) => (): Tensor => randomNormal([4, 5, 5, channels], { seed: 3 });
const sequences = (channels: number) => (): Tensor => randomNormal([4, 7, channels], { seed: 3 });
const explicit = [
  [1, 0],
  [0, 1],
] as const;
/** The windows of images, and of sequences. */
const across = { padding: ["same", explicit] } as const;
const along = { padding: ["same", [1, 0]] } as const;
const kernel = { filters: 2, kernelSize: 2 } as const;

const settings: Readonly<Record<string, Setting>> = {
  AveragePooling1D: { input: sequences(2), values: along, beside: { countPadding: { padding: "same" } } },
  AveragePooling2D: { input: images(2), values: across, beside: { countPadding: { padding: "same" } } },
  Conv1D: {
    input: sequences(4),
    needed: kernel,
    beside: { groups: { filters: 4 } },
    values: { padding: ["causal", [0, 1]], groups: [1, 2] },
  },
  Conv2D: {
    input: images(4),
    needed: kernel,
    beside: { groups: { filters: 4 } },
    values: { ...across, groups: [1, 2] },
  },
  Conv2DTranspose: {
    input: images(4),
    needed: kernel,
    beside: { groups: { filters: 4 }, outputPadding: { strides: 3 }, padding: { strides: 2, kernelSize: 3 } },
    values: { ...across, groups: [1, 2], outputPadding: [0, 1] },
  },
  DepthwiseConv2D: { input: images(2), needed: { kernelSize: 2 }, values: across },
  Flatten: { input: images(2) },
  GlobalAveragePooling1D: { input: sequences(2) },
  GlobalAveragePooling2D: { input: images(2) },
  GlobalMaxPooling1D: { input: sequences(2) },
  GlobalMaxPooling2D: { input: images(2) },
  MaxPooling1D: { input: sequences(2), values: along },
  MaxPooling2D: { input: images(2), values: across },
  Reshape: { needed: { shape: [10, 5] }, input: images(2), values: { shape: [[5, -1], [50]] } },
  SeparableConv2D: { input: images(2), needed: kernel, values: across },
  ZeroPadding2D: { input: images(2), values: { padding: [[1, 2], explicit] } },
  Activation: {
    make: (options) => new gradus.Activation("leakyRelu", options),
    values: { slope: [0.1, 0.7] },
  },
  BatchNorm: {
    beside: {
      renormClipping: { renorm: true },
      renormMomentum: { renorm: true },
    },
    values: {
      axis: [1, [1, 2]],
      renormClipping: [{ rmax: 1.01 }, { rmax: 5 }],
      adjustment: [() => [1, 0], () => [2, 1]],
      virtualBatchSize: [2, 4],
    },
    input: () => randomNormal([8, 3, 2], { seed: 3 }),
    needed: { axis: 1 },
  },
  // It is called with one tensor here.
  Concatenate: { values: { axis: [1, -1] }, silent: ["axis"] },
  Embedding: {
    needed: { inputDim: 4, outputDim: 3 },
    input: () => tensor([0, 3, 3], { dtype: "int32" }),
    values: { inputDim: [4, 5], outputDim: [3, 2] },
  },
  LayerNorm: {
    values: { axis: [2, [1, 2]] },
    input: () => randomNormal([8, 3, 2], { seed: 3 }),
  },
  OneHot: {
    needed: { depth: 4 },
    input: () =>
      tensor([
        [0, 1],
        [2, 3],
      ]),
    values: { depth: [4, 5], unknown: ["zeros", "slot"] },
  },
  RandomFlip: { input: () => randomNormal([8, 3, 4, 1], { seed: 3 }) },
  RandomRotation: {
    needed: { factor: 0.2 },
    input: () => randomNormal([8, 3, 4, 1], { seed: 3 }),
    values: { factor: [0.2, [0.1, 0.3]], fillMode: ["constant", "nearest"] },
    beside: { fillValue: { fillMode: "constant" } },
  },
  RandomShift: {
    needed: { heightFactor: 1, widthFactor: [-1, 0] },
    input: () => randomNormal([8, 3, 4, 1], { seed: 3 }),
    values: { heightFactor: [1, 0.2], widthFactor: [[-1, 0], 0.3], fillMode: ["constant", "nearest"] },
    beside: { fillValue: { fillMode: "constant" } },
  },
  RandomZoom: {
    needed: { heightFactor: 0.5 },
    input: () => randomNormal([8, 3, 4, 1], { seed: 3 }),
    values: { heightFactor: [0.5, [0.3, 0.6]], widthFactor: [0.5, [0.3, 0.6]], fillMode: ["constant", "nearest"] },
    beside: { fillValue: { fillMode: "constant", heightFactor: [0.5, 0.6] } },
  },
  RReLU: { values: { min: [0.1, 0.2] } },
  Standardize: {
    make: (options) => {
      const layer = new gradus.Standardize(options);
      layer.adapt(
        tensor([
          [
            [1, 2],
            [3, 5],
          ],
          [
            [0, 7],
            [2, options.missing === "mean" ? Number.NaN : 4],
          ],
        ]),
      );
      return layer;
    },
    input: () =>
      tensor([
        [
          [1, 2],
          [3, Number.NaN],
        ],
      ]),
    values: { axis: [1, [1, 2]], missing: [undefined, "mean"] },
  },
  TableEncoder: {
    needed: { columns: [{ name: "size", type: "number", mean: 1, deviation: 2 }] },
    input: () => tensor([[1], [2]]),
    values: {
      columns: [
        [{ name: "size", type: "number", mean: 1, deviation: 2 }],
        [{ name: "size", type: "number", mean: 1, deviation: 4 }],
      ],
      target: [
        { name: "kind", type: "boolean" },
        { name: "price", type: "boolean" },
      ],
    },
    silent: ["target"],
  },
};

/** Classes with layers in place of variables, which the tests of Sequential and Model and test/io cover. */
const containers: readonly string[] = ["LayeredModel", "Model", "Sequential"];

const classes = Object.entries(gradus).filter(
  ([name, value]) =>
    typeof value === "function" &&
    Object.prototype.isPrototypeOf.call(gradus.Layer.prototype, (value as LayerClass).prototype ?? {}) &&
    !containers.includes(name),
) as unknown as readonly (readonly [string, LayerClass])[];

const messageOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return String(error);
  }
  return "";
};

const settingOf = (name: string, Class: LayerClass): Required<Setting> => {
  const setting = settings[name] ?? {};
  const { make = (options: Options) => new Class(options), needed = neededBy(make) } = setting;
  return {
    make,
    needed,
    input: () => randomNormal([8, 3], { seed: 3 }),
    beside: {},
    values: {},
    silent: [],
    ...setting,
  };
};

/** The options without which a class throws, read from the error. */
const neededBy = (make: (options: Options) => Layer): Options => {
  const [, option, rule] = /: (\w+) must be (.*), got undefined/.exec(messageOf(() => make({}))) ?? [];
  return option === undefined ? {} : { [option]: valuesFor(rule)?.[0] };
};

/** Two values that keep a rule, read from its words. */
const valuesFor = (rule: string): readonly [unknown, unknown] | undefined => {
  if (rule === "true or false") return [true, false];
  if (rule.startsWith("a whole number from 1")) return [2, 3];
  if (rule.startsWith("a finite number")) return [0.25, 0.75];
  const names = /^one of (.*)$/.exec(rule)?.[1].split(", ");
  if (names && names.length > 1) return [names[0], names[names.length - 1]];
  return rule.startsWith("a function or one of")
    ? /(relu)/.test(rule)
      ? ["relu", "tanh"]
      : ["zeros", "ones"]
    : undefined;
};

/** All options of a class, as the error for an unknown one lists them; those of every layer are tested in layer.test.ts. */
const optionsOf = (make: (options: Options) => Layer, needed: Options): readonly string[] => {
  const listed = /The options are (.*)\./.exec(messageOf(() => make({ ...needed, "?": 1 })))?.[1].split(", ") ?? [];
  return listed.filter((option) => !["name", "trainable", "seed", "activityRegularizer"].includes(option));
};

/** What a layer computes in training and outside of it, before and after a step, and all of its variables. */
const outcomeOf = ({ make, input }: Required<Setting>, options: Options): string => {
  const layer = make({ seed: 5, ...options });
  const x = input();
  const outcome: unknown[] = [layer.call(x).toArray()];
  const state = (): unknown => layer.variables.map((variable) => variable.read().toArray());
  outcome.push(
    state(),
    layer.losses().map((penalty) => penalty.item()),
  );
  const draw = new Random(1);
  if (layer.trainableVariables.length > 0) {
    const weights = randomNormal([...layer.call(x).shape], { random: draw });
    const loss = (): Tensor => mean(mul(square(layer.call(x, { training: true })), weights));
    new SGD({ learningRate: 0.5 }).minimize(loss, layer.trainableVariables);
  } else {
    outcome.push(layer.call(x, { training: true }).toArray());
  }
  outcome.push(state(), layer.call(x).toArray());
  return JSON.stringify(outcome);
};

const variableOf = (layer: Layer, option: string, kind: string): gradus.Variable | undefined => {
  const name = option.slice(0, -kind.length).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return layer.variables.find(
    (variable) => variable.name.endsWith(`/${name}`) || variable.name.endsWith(`/${name}_kernel`),
  );
};

const built = ({ make, input }: Required<Setting>, options: Options): Layer => {
  const layer = make({ seed: 5, ...options });
  layer.call(input());
  return layer;
};

test("every exported layer has options to test", () => {
  expect(classes.map(([name]) => name)).toEqual(expect.arrayContaining(["Dense", "BatchNorm", "Dropout", "PReLU"]));
});

describe.each(classes)("every option of %s", (name, Class) => {
  const setting = settingOf(name, Class);
  const { make, needed, beside, values, silent } = setting;
  const options = optionsOf(make, needed);
  const kinds = ["Initializer", "Regularizer", "Constraint"] as const;

  if (options.length === 0) {
    test("takes those of every layer, and no others", () => {
      expect(make({ ...needed, name: "other" }).name).toBe("other");
      expect(() => make({ ...needed, other: 1 })).toThrow('got "other"');
    });
  }
  for (const option of options) {
    const kind = kinds.find((suffix) => option.endsWith(suffix));
    const around = { ...needed, ...beside[option] };
    if (kind === "Initializer") {
      test(`${option}: the variable begins with its values, and the config holds it`, () => {
        const layer = make({ seed: 5, ...around, [option]: constant(0.375) });
        layer.buildFor(setting.input().shape.slice(1));
        const variable = variableOf(layer, option, kind)!;
        expect(variable.read().toArray()).toEqual(fill(variable.shape, 0.375).toArray());
        expect(layer.config()[option]).toEqual({ function: "constant", options: { value: 0.375 } });
      });
    } else if (kind) {
      test(`${option}: the variable has it, training uses it, and the config holds it`, () => {
        const f = kind === "Regularizer" ? l2(0.5) : maxNorm(0.25, { axis: 0 });
        const layer = built(setting, { ...around, [option]: f });
        const variable = variableOf(layer, option, kind);
        expect(kind === "Regularizer" ? variable?.regularizer : variable?.constraint).toBe(f);
        // A bias begins at 0, where l2 has no effect.
        const initial = { [option.replace(kind, "Initializer")]: constant(0.75) };
        const without = outcomeOf(setting, { ...around, ...initial });
        expect(outcomeOf(setting, { ...around, ...initial, [option]: f })).not.toBe(without);
        expect(layer.config()[option]).toMatchObject({ function: kind === "Regularizer" ? "l2" : "maxNorm" });
      });
    } else {
      test(`${option}: two values differ in the output or the variables, and the config holds them`, () => {
        const rule = /must be (.*), got/.exec(messageOf(() => make({ ...around, [option]: {} })))?.[1] ?? "";
        const [first, second] = values[option] ?? valuesFor(rule) ?? [];
        expect(second, `add two values of ${option} to the settings of ${name}`).toBeDefined();
        if (!silent.includes(option)) {
          const outcome = outcomeOf(setting, { ...around, [option]: first });
          expect(outcomeOf(setting, { ...around, [option]: first })).toBe(outcome);
          expect(outcomeOf(setting, { ...around, [option]: second })).not.toBe(outcome);
        }
        if (typeof second !== "function")
          expect(make({ ...around, [option]: second }).config()[option]).toEqual(second);
      });
    }
  }
});
