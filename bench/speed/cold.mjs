// node bench/speed/cold.mjs [ROUNDS [FOLDER...]]
// The first steps of a process, after the import: 2-16-16-1 with batch 32, and 2-3-1 one row at a time (XOR), both compiled.
// Each round starts a process for each build, in turns; FOLDER is a copy of dist, ours by default. Run `npm run build` before.
import { execFileSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";

const steps = 1000;

const milliseconds = () => {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), processor: (user + system) / 1000 };
};

const trainFirst = async (folder, network) => {
  const { compile, Dense, meanSquaredError, Sequential, SGD, tensor } = await import(
    pathToFileURL(`${folder}/node/index.js`).href
  );
  const start = milliseconds();
  const [hidden, rows, activation] = network === "XOR" ? [[3], 1, "sigmoid"] : [[16, 16], 32, "tanh"];
  const layers = [...hidden.map((units) => new Dense({ units, activation })), new Dense({ units: 1 })];
  const model = new Sequential({ inputShape: [2], layers, seed: 1 });
  const optimizer = new SGD({ learningRate: 0.1 });
  const numbers = (count, batch) => Float32Array.from({ length: count }, (_, index) => Math.sin(index * 7 + batch));
  const batches = Array.from({ length: 4 }, (_, batch) => [
    tensor(numbers(2 * rows, batch), { shape: [rows, 2] }),
    tensor(numbers(rows, batch), { shape: [rows, 1] }),
  ]);
  const step = compile((x, y) =>
    optimizer.minimize(() => meanSquaredError(model.call(x, { training: true }), y), model.trainableVariables),
  );
  let first = start;
  for (let index = 0; index < steps; index++) {
    step(...batches[index % 4]).item();
    if (index === 0) first = milliseconds();
  }
  const end = milliseconds();
  return [
    first.wall - start.wall,
    end.wall - start.wall,
    first.processor - start.processor,
    end.processor - start.processor,
  ];
};

const [first = "9", ...others] = process.argv.slice(2);
if (first === "child") console.log(JSON.stringify(await trainFirst(...others)));
else {
  const own = fileURLToPath(new URL("../../dist", import.meta.url));
  const folders = others.length > 0 ? others : [own];
  const script = fileURLToPath(import.meta.url);
  for (const network of ["2-16-16-1", "XOR"]) {
    const times = folders.map(() => []);
    for (let round = 0; round < Number(first); round++) {
      folders.forEach((folder, index) => {
        const text = execFileSync(process.execPath, [script, "child", folder, network], { encoding: "utf8" });
        times[index].push(JSON.parse(text));
      });
    }
    folders.forEach((folder, index) => {
      // Other programs only ever slow a round down.
      const [one, all, processorOne, processorAll] = [0, 1, 2, 3].map((column) => {
        const sorted = times[index].map((row) => row[column]).sort((a, b) => a - b);
        return `${sorted[sorted.length >> 2].toFixed(1)} ms`;
      });
      console.log(
        `${network}, ${folder}: first step ${one} (processor ${processorOne}), ${steps} steps ${all} (${processorAll})`,
      );
    });
  }
}
