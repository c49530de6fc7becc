import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { program } from "./tfjs.mjs";

/** @param directory Where the three .wasm files are. */
export const start = (directory) => {
  setWasmPaths(directory);
  return program("wasm");
};
