// The program "layers" with all exports of gradus/graph: what a page needs to run and train models of other programs.
export * from "gradus/graph";
export * from "../peers/programs/gradus-layers.ts";
