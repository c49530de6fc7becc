// The program "layers" with loadOnnx alone of gradus/graph: it must not carry what reads graphs of TensorFlow, or writes files.
export { loadOnnx } from "gradus/graph";
export * from "../peers/programs/gradus-layers.ts";
