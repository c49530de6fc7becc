import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Spec } from "./workloads.ts";

/** A program that does a workload in a separate process. */
export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Why it cannot do a workload; undefined if it can. */
  readonly refuses?: (spec: Spec) => string | undefined;
  /** How its work differs: it is timed, but its results are not compared. */
  readonly differs?: string;
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const relaxedFlag = "--experimental-wasm-relaxed-simd";

/** A function that uses f32x4.relaxed_madd: valid where the engine has relaxed SIMD. */
const relaxedModule = "0061736d0100000001080160037b7b7b017b030201000a0d010b00200020012002fd85020b";

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** Whether relaxed SIMD is off unless a flag turns it on, as in Node 20. */
const needsRelaxedFlag = (): boolean => {
  const probe = `process.exit(WebAssembly.validate(Buffer.from("${relaxedModule}","hex")) ? 0 : 1)`;
  return !runs(process.execPath, "-e", probe) && runs(process.execPath, relaxedFlag, "-e", probe);
};

const onlyPredicts = ({ task }: Spec): string | undefined => (task === "train" ? "predicts only" : undefined);

const onlyTrains = ({ task }: Spec): string | undefined =>
  task === "train" ? undefined : "its predictions are those of gradus";

/** The first Python that has a library. */
const pythonWith = (library: string): string | undefined =>
  ["python3", "/usr/bin/python3"].find((python) => runs(python, "-c", `import ${library}`));

const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };

const sklearnContender = (): Contender => {
  const python = pythonWith("sklearn");
  if (!python) return { name: "scikit-learn", command: [], refuses: () => "python3 cannot import sklearn" };
  return {
    name: "scikit-learn",
    command: [python, here("sklearn_bench.py")],
    environment: { ...oneThread, OPENBLAS_CORETYPE: "SkylakeX" },
    refuses: ({ id }) => (id === "D" ? undefined : "only does D here"),
  };
};

const torchContenders = (): Contender[] => {
  const python = pythonWith("torch");
  if (!python) return [{ name: "torch", command: [], refuses: () => "python3 cannot import torch" }];
  const torch = (name: string, threads: number, environment: Readonly<Record<string, string>>): Contender => ({
    name,
    command: [python, here("torch_bench.py"), String(threads)],
    environment: { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads), ...environment },
  });
  const passive = { OMP_WAIT_POLICY: "PASSIVE" };
  return [
    torch("torch-haswell", 1, { OPENBLAS_CORETYPE: "Haswell" }),
    torch("torch-skylakex", 1, { OPENBLAS_CORETYPE: "SkylakeX" }),
    torch("torch-haswell-2", 2, { OPENBLAS_CORETYPE: "Haswell", ...passive }),
    torch("torch-skylakex-2", 2, { OPENBLAS_CORETYPE: "SkylakeX", ...passive }),
  ];
};

/**
 * All contenders. gradus is the first: the others are compared with it.
 * @param bundled The paths of the bundled programs.
 */
export const contenders = (
  bundled: { readonly gradus: string; readonly tfjs: string },
  threads: number,
): Contender[] => {
  const node = (name: string, file: string, ...args: string[]): Contender => ({
    name,
    command: [process.execPath, here(file), ...args],
  });
  const own = (name: string, flags: readonly string[], ...args: string[]): Contender => ({
    name,
    command: [process.execPath, ...flags, bundled.gradus, ...args],
  });
  const tfjs = (backend: string): Contender => ({
    name: `tfjs-${backend}`,
    command: [process.execPath, bundled.tfjs, backend, here("node_modules/@tensorflow/tfjs-backend-wasm/dist")],
  });
  const relaxed = needsRelaxedFlag();
  const jax = node("jax-js", "jax.mjs");
  return [
    own("gradus", []),
    { ...own("gradus-compiled", relaxed ? [relaxedFlag] : [], "1", "compiled"), refuses: onlyTrains },
    ...(relaxed ? [own("gradus-relaxed", [relaxedFlag])] : []),
    ...(threads > 1 ? [own(`gradus-${threads}`, relaxed ? [relaxedFlag] : [], String(threads))] : []),
    jax,
    ...(relaxed ? [{ name: "jax-js-relaxed", command: [process.execPath, relaxedFlag, here("jax.mjs")] }] : []),
    tfjs("wasm"),
    tfjs("cpu"),
    {
      ...node("brain.js", "brain.mjs"),
      refuses: ({ batchNorm, filters }) => {
        if (batchNorm) return "does not have batch norm and ELU";
        return filters.length > 0 ? "does not have convolutions" : undefined;
      },
      differs: "not comparable: updates after each example; squared error; the last layer has the activation too",
    },
    { ...node("onnxruntime-web", "onnx.mjs", "onnxruntime-web"), refuses: onlyPredicts },
    { ...node("onnxruntime-node", "onnx.mjs", "onnxruntime-node"), refuses: onlyPredicts },
    ...torchContenders(),
    sklearnContender(),
  ];
};
