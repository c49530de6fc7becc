import type { Hdf5Dataset } from "../io/formats/hdf5/hdf5Dataset.ts";
import type { Hdf5File } from "../io/formats/hdf5/hdf5File.ts";
import { checkSizes } from "../io/formats/hdf5/hdf5File.ts";
import type { SavedValues } from "../layers/base/savedValues.ts";
import { reshape } from "../ops/shape/reshape.ts";
import { toFloat } from "../ops/support/toFloat.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import { fill, type Tensor } from "../tensor/tensor.ts";
import { damagedKeras } from "./kerasConfig.ts";
import type { KerasVariable } from "./kerasLayers.ts";
import type { Planned, PlannedLayer, PlannedModel } from "./planned.ts";

/** Where a variable of the model has its values. */
interface Place {
  /** The variable's name: the names of the models and the layer in front. */
  readonly path: string;
  readonly variable: KerasVariable;
  readonly dataset: Hdf5Dataset;
}

/** The files' ways to arrange variables. */
type Layout = (where: string, model: PlannedModel, file: Hdf5File) => readonly Place[];

/** `LayerNormalization` → `layer_normalization`: the rule of Keras, by which it names groups. */
export const groupName = (className: string): string =>
  className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** How versions of Keras call the group of the layers of a model. */
const containers = ["layers", "_layer_checkpoint_dependencies"];

/**
 * Keras 3: a group for each layer, named by its class and counted from 0 (`layers/dense_1/vars/0`), within that of its model. The
 * trained variables come first.
 */
export const countedLayout: Layout = (where, model, file) => {
  const placesIn = (inner: PlannedModel, group: string, path: string): readonly Place[] => {
    const container = containers.map((name) => group + name).find((name) => file.groups.has(name)) ?? `${group}layers`;
    const counts = new Map<string, number>();
    return inner.layers.flatMap((layer): readonly Place[] => {
      if (layer.kind === "input") return [];
      const name = groupName(layer.className);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      const layerGroup = `${container}/${count === 0 ? name : `${name}_${count}`}`;
      const layerPath = `${path}/${layer.name}`;
      if (layer.kind === "model") return placesIn(layer, `${layerGroup}/`, layerPath);
      return layer.variables.map((variable, index): Place => {
        const dataset = file.datasets.get(`${layerGroup}/vars/${index}`);
        if (dataset) return { path: layerPath, variable, dataset };
        throw damagedKeras(
          where,
          `"${layerPath}" must have its ${variable.names[0]} at ${layerGroup}/vars/${index}`,
          "none",
        );
      });
    });
  };
  const places = placesIn(model, "", model.name);
  const used = new Set(places.map(({ dataset }) => dataset));
  for (const [path, dataset] of file.datasets) {
    const isOfLayer = containers.some((name) => path.startsWith(`${name}/`)) && !path.includes("seed_generator/");
    if (isOfLayer && !used.has(dataset)) throw damagedKeras(where, "each array must be of a layer", `"${path}"`);
  }
  return places;
};

/** The variables of a layer or model in the order of Keras 2: those that are trained, and then the others. */
const inOrder = (
  planned: Planned,
  path: string,
  isTrainable: boolean,
): { readonly trained: readonly Unplaced[]; readonly fixed: readonly Unplaced[] } => {
  if (planned.kind === "input") return { trained: [], fixed: [] };
  if (planned.kind === "model") {
    const parts = planned.layers.map((layer) =>
      inOrder(layer, `${path}/${layer.name}`, isTrainable && planned.trainable),
    );
    return { trained: parts.flatMap(({ trained }) => trained), fixed: parts.flatMap(({ fixed }) => fixed) };
  }
  const all = planned.variables.map((variable) => ({ path, variable }));
  const trained = all.filter(({ variable }) => variable.trained);
  const fixed = all.filter(({ variable }) => !variable.trained);
  return isTrainable && planned.trainable ? { trained, fixed } : { trained: [], fixed: [...trained, ...fixed] };
};

type Unplaced = Omit<Place, "dataset">;

/** A list of texts that Keras divides where it is too long for an attribute: `weight_names0`, `weight_names1`, ... */
const listAttribute = (file: Hdf5File, group: string, name: string): readonly string[] | undefined => {
  const attributes = file.attributes(group);
  const whole = attributes.get(name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let index = 0; attributes.has(name + index); index++) parts.push(...attributes.get(name + index)!);
  return attributes.has(`${name}0`) ? parts : undefined;
};

/** Keras 2, and the `.h5` files of Keras 3: a group for each layer of the outer model, whose attribute lists its variables. */
export const listedLayout: Layout = (where, model, file) => {
  const root = file.groups.has("model_weights") ? "model_weights" : "";
  const places: Place[] = [];
  for (const layer of model.layers) {
    const { trained, fixed } = inOrder(layer, `${model.name}/${layer.name}`, model.trainable);
    const variables = [...trained, ...fixed];
    if (variables.length === 0) continue;
    const group = root === "" ? layer.name : `${root}/${layer.name}`;
    const names = file.groups.has(group) ? (listAttribute(file, group, "weight_names") ?? []) : [];
    if (names.length !== variables.length) {
      throw damagedKeras(
        where,
        `"${layer.name}" must have ${variables.length} arrays in ${group}`,
        String(names.length),
      );
    }
    for (const [index, { path, variable }] of variables.entries()) {
      const name = names[index];
      const dataset = file.datasets.get(`${group}/${name}`);
      const last = name.replace(/:\d+$/, "").replace(/^.*\//, "");
      if (!dataset || !variable.names.includes(last)) {
        throw damagedKeras(
          where,
          `array ${index} of "${layer.name}" must be the ${variable.names[0]} of "${path}"`,
          `"${name}"`,
        );
      }
      places.push({ path, variable, dataset });
    }
  }
  return places;
};

/** The layers without the models around them, with their paths. */
const leavesOf = (model: PlannedModel, path: string): readonly (readonly [path: string, layer: PlannedLayer])[] =>
  model.layers.flatMap((layer) => {
    const inner = `${path}/${layer.name}`;
    if (layer.kind === "model") return leavesOf(layer, inner);
    return layer.kind === "layer" ? [[inner, layer] as const] : [];
  });

/**
 * Reads the values of all variables of a model; sizes are checked before.
 * @returns The first values of variables, by their names and shapes.
 */
export const readValues = async (
  where: string,
  model: PlannedModel,
  file: Hdf5File,
  layout: Layout,
  limits: { readonly fileBytes: number; readonly maxBytes: number },
): Promise<SavedValues> => {
  const places = layout(where, model, file).filter(({ variable }) => !variable.unused);
  checkSizes(where, [...new Set(places.map(({ dataset }) => dataset))], limits);
  const values = new Map<string, readonly [value: Tensor, flexible: boolean]>();
  for (const { path, variable, dataset } of places) {
    const value = toFloat(await dataset.read());
    checkAbove(where, path, variable, value);
    values.set(`${path}/${variable.names[0]}`, [value, variable.flexible === true]);
  }
  for (const [path, layer] of leavesOf(model, model.name)) {
    for (const [name, value] of Object.entries(layer.values ?? {})) {
      values.set(`${path}/${name}`, [fill([], value), true]);
    }
  }
  return (path, shape) => {
    const [value, flexible] = values.get(path) ?? [];
    if (!value) throw damagedKeras(where, "each variable must have values", `none for "${path}"`);
    if (sameShape(value.axes, shape)) return value;
    const long = (axes: readonly number[]): readonly number[] => axes.filter((length) => length !== 1);
    if (flexible && sizeOf(shape) === value.size && sameShape(long(value.axes), long(shape)))
      return reshape(value, shape);
    throw damagedKeras(where, `"${path}" must have the shape ${formatShape(shape)}`, formatShape(value.axes));
  };
};

/** @throws DataError for values that mean something else here. */
const checkAbove = (where: string, path: string, { above, names }: KerasVariable, value: Tensor): void => {
  if (above === undefined) return;
  let least = Infinity;
  for (const element of value.data) least = Math.min(least, element);
  if (least > above) return;
  throw damagedKeras(
    where,
    `the ${names[0]} of "${path}" must be above ${above}, below which Keras divides by 1e-7`,
    String(least),
  );
};
