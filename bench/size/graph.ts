// The program "layers" with all exports of gradus/graph: what a page needs to read models of other programs, and to write for them.
export * from "gradus/graph";
export * from "../peers/programs/gradus-layers.ts";
