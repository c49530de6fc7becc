// TypeScript in worker threads as well, on Node 20; `--import tsx` leaves them out there. Newer versions need neither.
import { register } from "tsx/esm/api";

register();
