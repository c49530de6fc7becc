// Loads TypeScript in worker threads too, on Node 20, where `--import tsx` does not reach them. Newer versions do not need it.
import { register } from "tsx/esm/api";

register();
