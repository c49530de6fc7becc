import type { Variable } from "../../autograd/variable.ts";
import { DataError, DTypeError, GradusError, ShapeError, ValueError } from "../../base/errors.ts";
import type { Random } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Dialect, PatternFinder } from "./dialect.ts";
import { type Compute, GraphNode, type RunContext } from "./graphNode.ts";
import { Budget, HostArray, type Value } from "./hostArray.ts";
import { joinPatterns } from "./joinPatterns.ts";
import { constantValue, type GraphRecord } from "./record.ts";

/** One node of a plan: where its inputs are among the values of a run, and where its outputs go. */
interface PlanStep {
  readonly node: GraphNode;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly compute: Compute;
}

/** A step, and the positions of values that nothing needs after it. */
interface TimedStep extends PlanStep {
  readonly over: readonly number[];
}

/** What is computed for some outputs. */
export interface Plan {
  readonly steps: readonly TimedStep[];
  /** The positions of the outputs. */
  readonly outputs: readonly number[];
  /** The inputs that are needed, by the position in the list of all of them. */
  readonly inputs: readonly number[];
  /** The variables that are needed, as well. */
  readonly variables: readonly number[];
  /** The names of all tensors that the steps compute, and of the inputs in front of them. */
  readonly tensors: readonly string[];
}

/** What a run needs beside the inputs. */
export interface RunOptions {
  readonly training: boolean;
  readonly trainable: boolean;
  readonly random: () => Random;
  /** The value of a variable, by its position. */
  readonly read: (index: number) => Tensor;
  /** The variables, for nodes that change them in training. */
  readonly variables: readonly Variable[];
}

/** The position of an input that is left out. */
const absent = -1;
/** In a sound graph an update needs at most the updates of its own averages. */
const mostRounds = 32;
/** Plans that are kept; each is for other outputs. */
const mostPlans = 64;

/** The nodes of a graph, ready to be computed. */
export class Program {
  readonly record: GraphRecord;
  readonly nodes: readonly GraphNode[];
  readonly #dialect: Dialect;
  readonly #computes: readonly Compute[];
  /** The position of each tensor among the values of a run: inputs, variables, constants, outputs of nodes. */
  readonly #positions = new Map<string, number>();
  readonly #constants: readonly Value[];
  readonly #producers: ReadonlyMap<number, number>;
  /** The first output of each node that changes a variable, and the position of the variable. */
  readonly #updates: readonly (readonly [output: number, variable: number])[];
  readonly #plans = new Map<string, Plan>();

  /** @throws DataError for operators that are unknown, names that are taken twice, and inputs that nothing computes. */
  constructor(record: GraphRecord, dialect: Dialect) {
    this.record = record;
    this.#dialect = dialect;
    for (const { name } of record.inputs) this.#place(name);
    for (const { tensor } of record.variables) this.#place(tensor);
    for (const [name] of record.constants) this.#place(name);
    this.#constants = record.constants.map(constantValue);
    this.nodes = record.nodes.map(
      ([name, op, inputs, outputs, attributes]) =>
        new GraphNode({ name, op, inputs, outputs, attributes }, record.version),
    );
    this.#computes = this.nodes.map((node) => this.#prepare(node));
    const producers = new Map<number, number>();
    for (const [index, node] of this.nodes.entries()) {
      for (const name of node.inputs) if (name !== "") this.position(name, node);
      for (const name of node.outputs) if (name !== "") producers.set(this.#place(name), index);
    }
    this.#producers = producers;
    const updating = this.nodes.filter(({ op }) => dialect.updating?.includes(op));
    this.#updates = updating.map((node) => [
      this.position(node.outputs[0]),
      this.position(node.text("variable", ""), node),
    ]);
    for (const { name } of record.outputs) this.position(name);
  }

  /** The names of the inputs, and of all that nodes compute, in order. */
  get tensors(): readonly string[] {
    const inner = this.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
    return [...this.record.inputs.map(({ name }) => name), ...inner];
  }

  /** Whether a tensor is an input, or computed by a node. */
  computes(name: string): boolean {
    const position = this.#positions.get(name);
    return position !== undefined && (position < this.record.inputs.length || this.#producers.has(position));
  }

  /** The node that computes a tensor. */
  producer(name: string): GraphNode | undefined {
    const index = this.#producers.get(this.#positions.get(name) ?? absent);
    return index === undefined ? undefined : this.nodes[index];
  }

  position(name: string, node?: GraphNode): number {
    const position = this.#positions.get(name);
    if (position !== undefined) return position;
    throw new DataError(
      `graph: each input must be computed before it is used, got none "${name}"${node ? ` for ${node.label}` : ""}. Check that this is a sound file.`,
    );
  }

  #place(name: string): number {
    if (this.#positions.has(name)) {
      throw new DataError(
        `graph: each tensor needs a name of its own, got "${name}" twice. Check that this is a sound file.`,
      );
    }
    const position = this.#positions.size;
    this.#positions.set(name, position);
    return position;
  }

  #prepare(node: GraphNode): Compute {
    const { operators, title } = this.#dialect;
    if (Object.hasOwn(operators, node.op)) return operators[node.op](node);
    throw new DataError(
      `graph: ${node.label}: it must have one of the operators of ${title}, got ${node.op}. Use a newer gradus.`,
    );
  }

  /**
   * What must be computed for tensors, without what only others need.
   * @param training Whether nodes that change the variables are done as well.
   */
  plan(outputs: readonly string[], training: boolean = false): Plan {
    const updates = training && this.#updates.length > 0;
    const key = `${updates ? "training " : ""}${JSON.stringify(outputs)}`;
    const known = this.#plans.get(key);
    if (known) return known;
    if (this.#plans.size >= mostPlans) this.#plans.clear();
    const plan = this.#makePlan(outputs, updates);
    this.#plans.set(key, plan);
    return plan;
  }

  /** The steps for outputs, how often each value is used, and the updates of variables that are used. */
  #stepsFor(outputs: readonly number[], updates: boolean): { steps: PlanStep[]; uses: ReadonlyMap<number, number> } {
    const asked = new Set(outputs);
    for (let rounds = 0; ; rounds++) {
      const found = this.#stepsOf([...asked]);
      // What updates compute may use further variables, which have updates too.
      const missing = this.#updates.filter(([output, variable]) => found.uses.has(variable) && !asked.has(output));
      if (!updates || missing.length === 0) return found;
      if (rounds > mostRounds) {
        throw new DataError(
          `graph: updates of variables may need each other ${mostRounds} times, got more. Check that this is a sound file.`,
        );
      }
      for (const [output] of missing) asked.add(output);
    }
  }

  #stepsOf(outputs: readonly number[]): { steps: PlanStep[]; uses: ReadonlyMap<number, number> } {
    const uses = new Map<number, number>(outputs.map((position) => [position, 2]));
    const steps: PlanStep[] = [];
    for (const [back] of this.nodes.entries()) {
      const index = this.nodes.length - 1 - back;
      const node = this.nodes[index];
      const targets = node.outputs.map((name) => (name === "" ? absent : this.position(name)));
      if (!targets.some((position) => uses.has(position))) continue;
      const inputs = node.inputs.map((name) => (name === "" ? absent : this.position(name)));
      for (const position of inputs) uses.set(position, (uses.get(position) ?? 0) + 1);
      steps.push({ node, inputs, outputs: targets, compute: this.#computes[index] });
    }
    return { steps: steps.reverse(), uses };
  }

  #makePlan(names: readonly string[], updates: boolean): Plan {
    const outputs = names.map((name) => this.position(name));
    const { steps, uses } = this.#stepsFor(outputs, updates);
    const { record } = this;
    const needed = (start: number, list: readonly unknown[]): readonly number[] =>
      list.flatMap((_, index) => (uses.has(start + index) ? [index] : []));
    const inputs = needed(0, record.inputs);
    const inner = steps.flatMap(({ node }) => node.outputs.filter((name) => name !== ""));
    const position = (name: string): number => this.position(name);
    const joined = joinPatterns(steps, this.#dialect.patterns ?? [], this.#finder(steps, uses), position);
    return {
      steps: timed(this.#fuse(joined, uses), outputs),
      outputs,
      inputs,
      variables: needed(record.inputs.length, record.variables),
      tensors: [...inputs.map((index) => record.inputs[index].name), ...inner],
    };
  }

  /** What patterns look at, among the steps of a plan. */
  #finder(steps: readonly PlanStep[], uses: ReadonlyMap<number, number>): PatternFinder {
    const first = this.record.inputs.length + this.record.variables.length;
    const byOutput = new Map(steps.map(({ node, outputs }) => [outputs[0], node]));
    return {
      producer: (tensor) => {
        const position = this.position(tensor);
        return uses.get(position) === 1 ? byOutput.get(position) : undefined;
      },
      number: (tensor) => {
        const value = this.#constants[this.position(tensor) - first];
        return value instanceof HostArray && value.size === 1 ? value.data[0] : undefined;
      },
    };
  }

  /** Joins pairs of steps, the first of which only the second uses: at the place of the second, where all inputs are there. */
  #fuse(steps: readonly PlanStep[], uses: ReadonlyMap<number, number>): readonly PlanStep[] {
    const byOutput = new Map(steps.map((step) => [step.outputs[0], step]));
    const fused = new Set<PlanStep>();
    const joined = steps.map((step): PlanStep => {
      for (const fusion of this.#dialect.fusions) {
        if (fusion.second !== step.node.op || step.inputs.length !== 2) continue;
        for (const [at, position] of step.inputs.entries()) {
          const first = byOutput.get(position);
          if (first?.node.op !== fusion.first || uses.get(position) !== 1 || fused.has(first)) continue;
          if (fusion.applies && !fusion.applies(first.node, step.node)) continue;
          fused.add(first);
          const count = first.inputs.length;
          const compute: Compute = (inputs) =>
            fusion.compute(
              first.inputs.map((_, index) => first.node.input(inputs, index)),
              inputs[count] ?? step.node.input([], 1 - at),
            );
          return { node: step.node, inputs: [...first.inputs, step.inputs[1 - at]], outputs: step.outputs, compute };
        }
      }
      return step;
    });
    return joined.filter((step) => !fused.has(step));
  }

  /**
   * Computes a plan.
   * @param inputs All inputs, undefined for those that the plan does not need.
   * @param watch Sees every tensor that is computed.
   * @returns The outputs, in their order.
   */
  run(
    plan: Plan,
    inputs: readonly (Tensor | undefined)[],
    options: RunOptions,
    watch?: (tensor: string, value: Value) => void,
  ): readonly Value[] {
    const { record } = this;
    const values = new Array<Value | undefined>(this.#positions.size);
    for (const index of plan.inputs) values[index] = inputs[index];
    const firstVariable = record.inputs.length;
    for (const index of plan.variables) values[firstVariable + index] = options.read(index);
    const firstConstant = firstVariable + record.variables.length;
    for (const [index, value] of this.#constants.entries()) values[firstConstant + index] = value;
    const context = this.#context(inputs, options);
    const { merging } = this.#dialect;
    for (const { node, inputs: from, outputs: to, compute, over } of plan.steps) {
      const isDead = (position: number): boolean => position !== absent && values[position] === undefined;
      if (merging && !merging.includes(node.op) && from.some(isDead)) continue;
      let results: ReturnType<Compute>;
      try {
        results = compute(
          from.map((position) => (position === absent ? undefined : values[position])),
          context,
        );
      } catch (cause) {
        throw namedNode(node, cause);
      }
      const list: readonly (Value | undefined)[] = Array.isArray(results) ? results : [results as Value];
      for (const [index, position] of to.entries()) {
        const value = list[index];
        if (position === absent || !value) continue;
        values[position] = value;
        watch?.(node.outputs[index], value);
      }
      for (const position of over) values[position] = undefined;
    }
    return plan.outputs.map((position, index) => values[position] ?? this.#notComputed(position, index));
  }

  #notComputed(position: number, index: number): never {
    const label = this.nodes[this.#producers.get(position) ?? absent]?.label ?? `output ${index}`;
    if (this.#dialect.merging) {
      throw new DataError(
        `graph: ${label}: it must be in a branch that is taken, got one for the other value of training. Ask for what the branches join in.`,
      );
    }
    throw new DataError(
      `graph: ${label}: what it gives beside its first output must not be asked for, got a request. Ask for another tensor.`,
    );
  }

  #context(inputs: readonly (Tensor | undefined)[], options: RunOptions): RunContext {
    const { record } = this;
    const actual = inputs.find((input) => input !== undefined)?.axes[0];
    const isOther = record.rows !== undefined && actual !== undefined && actual !== record.rows;
    const { training, trainable, random, variables } = options;
    const hasTrained = variables.some((variable) => variable.trainable) || !variables.some(({ canTrain }) => canTrain);
    return {
      training,
      trainable,
      isTrained: training && trainable && hasTrained,
      random,
      budget: new Budget(record.budget),
      variable: (tensor) => this.#variable(tensor, variables),
      rows: isOther ? { declared: record.rows, actual } : undefined,
    };
  }

  /** The variable of a tensor, also of one that is passed on as it is. */
  #variable(tensor: string, variables: readonly Variable[]): Variable | undefined {
    let name = tensor;
    for (let node = this.producer(name); node?.op === "Identity"; node = this.producer(name)) name = node.inputs[0];
    const index = (this.#positions.get(name) ?? absent) - this.record.inputs.length;
    return index >= 0 && index < variables.length ? variables[index] : undefined;
  }
}

/** Steps with what is over after each, so that a run does not hold what it is through with. */
const timed = (steps: readonly PlanStep[], outputs: readonly number[]): readonly TimedStep[] => {
  const asked = new Set([absent, ...outputs]);
  const last = (step: PlanStep): TimedStep => {
    const over = [...new Set([...step.inputs, ...step.outputs])].filter((position) => !asked.has(position));
    for (const position of over) asked.add(position);
    return { ...step, over };
  };
  return [...steps].reverse().map(last).reverse();
};

/** Puts the node into an error of its operator; operations do not know which node calls them. */
const namedNode = (node: GraphNode, cause: unknown): unknown => {
  if (!(cause instanceof GradusError) || cause.message.includes(node.label)) return cause;
  const message = `graph: ${node.label}: ${cause.message.replace(/^graph: /, "")}`;
  if (cause instanceof ShapeError) return new ShapeError(message, { cause });
  if (cause instanceof DTypeError) return new DTypeError(message, { cause });
  if (cause instanceof ValueError) return new ValueError(message, { cause });
  return cause instanceof DataError ? new DataError(message, { cause }) : cause;
};
