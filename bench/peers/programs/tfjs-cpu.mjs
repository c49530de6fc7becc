import "@tensorflow/tfjs-backend-cpu";
import { program } from "./tfjs.mjs";

export const start = () => program("cpu");
