import { type OptionRule, oneOf } from "./options.ts";

/** Whose formulas and defaults: those of TensorFlow 1.15 (the default everywhere), of Keras 3, or of PyTorch. */
export type Variant = "tensorflow1" | "keras" | "pytorch";

/** The rule for an option `variant`. */
export const variantRule: OptionRule = /* @__PURE__ */ oneOf("tensorflow1", "keras", "pytorch");
