// The program that a runtime runs in a project where the package is installed.
import * as gradus from "gradus";
import * as images from "gradus/images";
import * as report from "gradus/report";
import { files } from "./pictures.mjs";
import { tryOut } from "./tryOut.mjs";

console.log(`RESULT ${JSON.stringify(await tryOut(gradus, report, { images, files }, "./model.safetensors"))}`);
