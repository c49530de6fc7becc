// The program "layers" with what gradus/graph has for reading: what a page needs to run and train models of other programs.
export { describeGraph, Graph, loadOnnx } from "gradus/graph";
export * from "../peers/programs/gradus-layers.ts";
