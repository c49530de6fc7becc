// The program that a runtime runs in a project where the package is installed.
import * as gradus from "gradus";
import * as report from "gradus/report";
import { tryOut } from "./tryOut.mjs";

console.log(`RESULT ${JSON.stringify(await tryOut(gradus, report, "./model.safetensors"))}`);
