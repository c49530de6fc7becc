import { DataError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { attributesOf } from "./metaAttributes.ts";
import { decodeMetaTensor } from "./metaConstants.ts";
import type { MetaGraph, MetaNode } from "./metaGraph.ts";
import { dataInputs, type MetaIndex } from "./metaIndex.ts";

/** The kinds of updates that optimizers of TensorFlow do, and the names of their inputs behind the variable. */
const updateInputs: Readonly<Record<string, readonly string[]>> = {
  GradientDescent: ["learningRate"],
  Momentum: ["momentumSlot", "learningRate", "gradient", "momentum"],
  Adam: ["m", "v", "beta1Power", "beta2Power", "learningRate", "beta1", "beta2", "epsilon"],
  RMSProp: ["meanSquare", "momentumSlot", "learningRate", "decay", "momentum", "epsilon"],
  CenteredRMSProp: ["meanGradient", "meanSquare", "momentumSlot", "learningRate", "decay", "momentum", "epsilon"],
  Adagrad: ["accumulator", "learningRate"],
};

/** The update of a variable by an optimizer. */
export interface ApplyNode {
  /** `Momentum`, `Adam`. */
  readonly kind: string;
  readonly node: MetaNode;
  /** The name of the variable. */
  readonly variable: string;
  /** What each input is: the node of it. */
  readonly inputs: Readonly<Record<string, MetaNode>>;
  readonly isNesterov: boolean;
}

const kindOf = ({ op }: MetaNode): string | undefined => /^(?:Resource)?Apply(\w+)$/.exec(op)?.[1];

/**
 * The updates that training does to variables: those behind `trainOp`, else behind the last entry of the collection `train_op`,
 * else all of the file.
 * @throws DataError for a name that the graph does not have, and for optimizers that are not read.
 */
export const applyNodes = (
  meta: MetaGraph,
  index: MetaIndex,
  trainOp: string | undefined,
  isWanted: (variable: string) => boolean,
  where: string,
): readonly ApplyNode[] => {
  const collected = meta.collections.get("train_op")?.at(-1);
  const start = trainOp === undefined ? index.find(collected ?? "") : index.find(trainOp);
  if (trainOp !== undefined && !start) {
    const names = meta.nodes.filter(({ op }) => op === "NoOp").map(({ name }) => name);
    throw new DataError(
      `${where}: trainOp must be a node of the graph, got "${trainOp}". ${adviseNames("nodes", trainOp, names.slice(0, 10_000))}`,
    );
  }
  const reached = start ? behind(start, index) : new Set<MetaNode>();
  const found = meta.nodes.filter((node) => reached.has(node));
  const nodes =
    found.length > 0 || trainOp !== undefined ? found : meta.nodes.filter((node) => kindOf(node) !== undefined);
  return nodes.flatMap((node) => {
    const [first, ...others] = dataInputs(node).map((input) => index.find(input));
    const variable = first && index.variableOf(first);
    if (!variable || !isWanted(variable.name)) return [];
    const kind = kindOf(node)!;
    const names = Object.hasOwn(updateInputs, kind) ? updateInputs[kind] : undefined;
    if (!names) {
      throw new DataError(
        `${where}: an optimizer must be one of ${Object.keys(updateInputs).join(", ")}, got ${kind} ("${node.name}"). ` +
          "Make an optimizer of this library; its slots begin anew.",
      );
    }
    const inputs = names.flatMap((name, at) => (others[at] ? [[name, others[at]] as const] : []));
    const isNesterov = attributesOf(node, where).get("use_nesterov")?.number === 1;
    return [{ kind, node, variable: variable.name, inputs: Object.fromEntries(inputs), isNesterov }];
  });
};

/** The updates that a node needs. */
const behind = (start: MetaNode, index: MetaIndex): ReadonlySet<MetaNode> => {
  const found = new Set<MetaNode>();
  const seen = new Set<MetaNode>();
  const waiting = [start];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (kindOf(node) !== undefined) {
      found.add(node);
      continue;
    }
    for (const input of node.inputs) {
      const before = index.find(input);
      if (before) waiting.push(before);
    }
  }
  return found;
};

/** The node that gives a number, behind those that only pass it on. */
const sourceOf = (node: MetaNode, index: MetaIndex): MetaNode => {
  let source = node;
  for (let steps = 0; steps < 16 && source.op === "Identity"; steps++) {
    source = index.find(dataInputs(source)[0] ?? "") ?? source;
  }
  return source;
};

/** The number that an input is: of a constant, or of a variable in the checkpoint. Undefined for one that is computed. */
export const numberOfInput = (
  node: MetaNode,
  index: MetaIndex,
  numbers: ReadonlyMap<string, { readonly data: ArrayLike<number> }>,
  where: string,
): number | undefined => {
  const source = sourceOf(node, index);
  const stored = source.op === "Const" ? attributesOf(source, where).get("value")?.tensor : undefined;
  if (!stored) return numbers.get(source.name)?.data[0];
  const value = decodeMetaTensor(stored, source.name, where);
  if ("value" in value) return value.value;
  return value.shape.length > 0 ? undefined : value.data[0];
};

/** The variable of an input, where it is one. */
export const variableOfInput = (node: MetaNode, index: MetaIndex): string | undefined =>
  index.variableOf(sourceOf(node, index))?.name;
