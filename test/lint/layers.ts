/**
 * The layer rule: a folder of src may import the folders listed here, and what these may import in turn.
 * docs/architecture.md shows this table.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  platform: ["base"],
  wasm: ["base"],
  tensor: ["wasm"],
  ops: ["tensor"],
  autograd: ["ops"],
  layers: ["autograd"],
  optim: ["autograd"],
  data: ["autograd", "platform"],
  io: ["layers", "optim", "data"],
  train: ["io"],
  threads: ["tensor", "platform"],
  report: ["train"],
  table: ["train"],
  images: ["data"],
  graph: ["io"],
  keras: ["io"],
  "index.ts": ["train", "threads"],
};

/** The files that may import a package, or Node's modules: the beginnings of their paths under src. */
export const packages: Readonly<Record<string, string>> = {
  "node:": "platform/node",
  papaparse: "table/",
  "fast-png": "images/",
  "jpeg-js": "images/",
  uplot: "report/client/",
  "#report-page": "report/page",
};
