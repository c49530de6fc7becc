import { placeNumber } from "./shortNumber.ts";

/** `validationRSquared` → `validation r squared`: the name of a measure, in words. */
export const spelt = (name: string): string =>
  name
    .replace(/[a-z\d](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, "$& ")
    .toLowerCase()
    // Intersection over union is written so everywhere.
    .replace(/\bio u\b/, "IoU");

/** The same, and of loss and accuracy that they are those of training. */
export const measureLabel = (name: string): string =>
  name === "loss" || name === "accuracy" ? `training ${name}` : spelt(name);

/** With a capital in front. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `1 epoch`, `3 epochs`, `1.5 epochs` */
export const counted = (count: number, what: string): string =>
  `${placeNumber(count)} ${what}${count === 1 ? "" : "s"}`;

/** The name of a variable without that of its model: `dnn/hidden1/kernel` → `hidden1/kernel`. */
export const withoutModel = (name: string): string => name.slice(name.indexOf("/") + 1);
