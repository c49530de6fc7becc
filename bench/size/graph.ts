// The program "layers", and what a page needs to run and train models of other programs. What only writes files is not for pages.
export { describeGraph, Graph, loadOnnx } from "gradus/graph";
export * from "../peers/programs/gradus-layers.ts";
