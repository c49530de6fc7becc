import { DataError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { damagedMeta, type MetaGraph, type MetaNode } from "./metaGraph.ts";

/** Operators that are a variable. */
const variableOperators = ["Variable", "VariableV2", "VarHandleOp"];
/** Operators that are fed. */
const placeholderOperators = ["Placeholder", "PlaceholderV2", "PlaceholderWithDefault"];
/** Operators that read a variable. */
const readOperators = ["Identity", "ReadVariableOp"];
/** The most names that are compared for an error. */
const mostNames = 10_000;

export const isVariable = ({ op }: MetaNode): boolean => variableOperators.includes(op);
export const isPlaceholder = ({ op }: MetaNode): boolean => placeholderOperators.includes(op);

/** The node of an input or output: of `name:1` and `^name`, "name". */
export const nodeNameOf = (input: string): string => input.replace(/^\^/, "").replace(/:\d+$/, "");

/** Whether an input only orders: its node has to be done before. */
export const isControl = (input: string): boolean => input.startsWith("^");

/** The name of a tensor with the number of the output: `name:0`. */
export const tensorName = (input: string): string => (/:\d+$/.test(input) ? input : `${input}:0`);

/** The inputs that carry data. */
export const dataInputs = ({ inputs }: MetaNode): readonly string[] => inputs.filter((input) => !isControl(input));

/** The nodes that an input only orders itself behind. */
export const controlInputs = ({ inputs }: MetaNode): readonly string[] => inputs.filter(isControl);

/** The nodes of a file by name, and what their inputs lead to. */
export class MetaIndex {
  readonly #nodes: ReadonlyMap<string, MetaNode>;
  readonly #where: string;

  constructor(meta: MetaGraph, where: string) {
    this.#nodes = new Map(meta.nodes.map((node) => [node.name, node]));
    this.#where = where;
  }

  find(input: string): MetaNode | undefined {
    return this.#nodes.get(nodeNameOf(input));
  }

  /** The node of an input. @throws DataError where the file does not have it. */
  node(input: string, by: string): MetaNode {
    const node = this.find(input);
    if (node) return node;
    throw damagedMeta(this.#where, `each input must be a node of the graph`, `"${input}" for ${by}`);
  }

  /** The node of a tensor that is asked for. @throws DataError, with the names most like it, where there is none. */
  wanted(name: string): MetaNode {
    const node = this.find(name);
    if (node && !isControl(name)) return node;
    const names = Array.from(this.#nodes.keys()).slice(0, mostNames);
    throw new DataError(
      `${this.#where}: there must be a tensor of the name, got "${name}". ${adviseNames(
        "tensors",
        name,
        names.map((known) => `${known}:0`),
      )}`,
    );
  }

  /** The variable that a node is or reads; undefined for other nodes. */
  variableOf(node: MetaNode): MetaNode | undefined {
    if (isVariable(node)) return node;
    if (!readOperators.includes(node.op)) return undefined;
    const read = this.find(dataInputs(node)[0] ?? "");
    return read && isVariable(read) ? read : undefined;
  }

  /** The variable that an assignment changes, through the branches of its reference. */
  targetOf(assignment: MetaNode): MetaNode | undefined {
    let node = this.find(dataInputs(assignment)[0] ?? "");
    for (let steps = 0; node && steps < 16; steps++) {
      if (isVariable(node)) return node;
      if (!["RefSwitch", "Switch", "RefIdentity", "Identity"].includes(node.op)) return undefined;
      node = this.find(dataInputs(node)[0] ?? "");
    }
    return undefined;
  }

  /** Whether a node is there only when a branch is taken: the pivot of the branch. */
  isPivot(node: MetaNode): boolean {
    if (isSwitch(node)) return true;
    const before = node.op === "Identity" ? this.find(dataInputs(node)[0] ?? "") : undefined;
    return before !== undefined && isSwitch(before);
  }
}

const isSwitch = ({ op }: MetaNode): boolean => op === "Switch" || op === "RefSwitch";
