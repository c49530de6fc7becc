import * as gradus from "gradus";
import { epoch, matrix, vector } from "./values.ts";

export const variable = (): gradus.Variable => new gradus.Variable(vector(), { name: "w" });

const loss = (w: gradus.Variable) => (): gradus.Tensor => gradus.sum(gradus.square(w.read()));
export const gradients = (): gradus.Gradients => [{ variable: variable(), gradient: vector() }];

/** Right arguments of methods: each is replaced in turn. Others are called with two times undefined, one of them replaced. */
export const rightArguments: Readonly<Record<string, () => unknown[]>> = {
  minimize: () => {
    const w = variable();
    return [loss(w), [w], {}];
  },
  computeGradients: () => {
    const w = variable();
    return [loss(w), [w], {}];
  },
  applyGradients: () => [gradients()],
  state: () => [[variable()]],
  restoreState: () => [{ step: 1, variables: {} }, [variable()]],
  slots: () => [variable()],
  watch: () => [() => undefined],
  call: () => [matrix(), {}],
  predict: () => [matrix(), {}],
  predictAll: () => [matrix(), {}],
  run: () => [matrix(), { outputs: ["dense"], training: true }],
  predictInSteps: () => [matrix(), {}],
  build: () => [[2]],
  adapt: () => [matrix()],
  assign: () => [vector(), {}],
  freeze: () => [/dense/],
  unfreeze: () => [/dense/],
  fork: () => ["name"],
  last: () => ["loss"],
  addInspection: () => [{}],
  fromJSON: () => [{ epochs: [epoch()] }],
  row: () => [0],
  values: () => ["a"],
  select: () => [["a"]],
  drop: () => [["a"]],
  filter: () => [() => true],
  sort: () => ["a", {}],
  take: () => [{ rows: [0] }],
  shuffle: () => [{ seed: 1 }],
  split: () => [{ parts: { x: 1, y: 1 } }],
  kFold: () => [{ folds: 2 }],
  dropMissing: () => [["a"]],
  derive: () => ["c", () => 1],
};

/** Methods that programs do not call: they are @internal, or layers call them with what they have checked. */
const internal: ReadonlySet<string> = new Set([
  "constructor",
  ...[
    "override",
    "update",
    "of",
    "draw",
    "follow",
    "add",
    "column",
    "where",
    "placeOf",
    "attach",
    "attachAll",
    "attachAt",
  ],
  ...["standFor", "buildFor", "addVariable", "addKernel", "addBias", "reduce", "applyKernel", "build", "merge"],
]);

/** The public methods and setters of an object, those of the classes that it extends included. */
export const membersOf = (receiver: object): readonly (readonly [name: string, isSetter: boolean])[] => {
  const members = new Map<string, boolean>();
  for (let at = receiver; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value, set }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (internal.has(name)) continue;
      if (typeof value === "function" || set) members.set(name, set !== undefined);
    }
  }
  return [...members];
};
