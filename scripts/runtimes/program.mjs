// The program that a runtime runs in a project where the package is installed.
import * as gradus from "gradus";
import { tryOut } from "./tryOut.mjs";

console.log(`RESULT ${JSON.stringify(await tryOut(gradus, "./model.safetensors"))}`);
