import { encodeBase64 } from "../page/collections.ts";

/** The values of a picture as base64 of bytes: 0 is `low`, 255 is `high`. */
export const encodePixels = (values: ArrayLike<number>, low: number, high: number): string => {
  const scale = high > low ? 255 / (high - low) : 0;
  return encodeBase64(Uint8Array.from(values, (value) => Math.round((value - low) * scale)));
};
