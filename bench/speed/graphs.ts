import { encodeOnnx, loadOnnx } from "../../src/graph/index.ts";
import { compile, Dense, Sequential, tensor } from "../../src/index.ts";
import { measure, ratios } from "./measure.ts";
import { formatTable } from "./table.ts";

/** Predictions of a network that was read from a file of ONNX, beside those of the same network in layers. */
export interface GraphResult {
  readonly rows: number;
  readonly layers: number;
  readonly graph: number;
  /** The time of the graph over that of the layers, round by round. */
  readonly ratio: ReturnType<typeof ratios>;
}

/** Measures predictions, which are recorded where the program compiles anything. */
export const benchGraphs = async (quick: boolean): Promise<readonly GraphResult[]> => {
  compile(() => undefined);
  const layers = [300, 100].map((units) => new Dense({ units, activation: "relu" }));
  const model = new Sequential({ inputShape: [784], layers: [...layers, new Dense({ units: 10 })], seed: 1 });
  const graph = await loadOnnx(encodeOnnx(model));
  const results: GraphResult[] = [];
  for (const rows of [1, 50, 1000]) {
    const pixels = Float32Array.from({ length: rows * 784 }, (_, index) => Math.abs(Math.sin(index)));
    const x = tensor(pixels, { shape: [rows, 784] });
    const contenders = [
      { name: "layers", run: () => void model.predict(x) },
      { name: "graph", run: () => void graph.predict(x) },
    ];
    const [inLayers, inGraph] = await measure(contenders, {
      rounds: quick ? 5 : 15,
      time: quick ? 50 : 100,
      warmup: quick ? 200 : 500,
    });
    results.push({ rows, layers: inLayers.seconds, graph: inGraph.seconds, ratio: ratios(inGraph, inLayers) });
  }
  return results;
};

export const printGraphs = (results: readonly GraphResult[]): string =>
  formatTable(
    ["prediction of 784-300-100-10", "µs in layers", "µs as a graph", "× layers", "spread"],
    results.map(({ rows, layers, graph, ratio }) => [
      `${rows} ${rows === 1 ? "row" : "rows"}`,
      (layers * 1e6).toFixed(1),
      (graph * 1e6).toFixed(1),
      ratio.median.toFixed(2),
      `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`,
    ]),
  );
