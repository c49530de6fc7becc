import { imageTexts } from "./imageTexts.ts";
import { kernelTexts } from "./kernelTexts.ts";
import { normTexts } from "./normTexts.ts";
import { plainTexts } from "./plainTexts.ts";
import type { LayerText } from "./torchCall.ts";

/** How each layer of the library is written in Python, by the name of its class. */
export const layerTexts: ReadonlyMap<string, LayerText> = /* @__PURE__ */ (() =>
  new Map([...kernelTexts, ...imageTexts, ...normTexts, ...plainTexts]))();
