// The public surface of gradus/keras: named exports, nothing else.
export { type LoadKerasOptions, loadKeras } from "./loadKeras.ts";
