import type { DataError } from "../base/errors.ts";
import { number, type OptionRules } from "../base/options.ts";
import { ownTensor, type Tensor } from "../tensor/tensor.ts";

/** Options of what makes a tensor of pixels. */
export interface PixelOptions {
  /** 1 (gray), 3 (red, green, blue), or 4 (and opacity). Default: 3, whatever the picture has. */
  readonly channels?: 1 | 3 | 4;
  /** What is seen through transparent pixels, from 0 (black) to 1 (white), unless there are 4 channels. Default: 1. */
  readonly background?: number;
}

/** The rules of PixelOptions. @internal */
export const pixelRules: OptionRules<PixelOptions> = {
  channels: { words: "1, 3 or 4", holds: (value) => value === 1 || value === 3 || value === 4 },
  background: /* @__PURE__ */ number({ from: 0, to: 1 }),
};

/** A decoded picture: bytes, row by row, with 1 (gray), 2 (gray, opacity), 3, or 4 channels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/** Makes an error: bytes of a file that is not what it should be. */
export type Fail = (rule: string, got: string, fix: string) => DataError;

/**
 * A tensor of bytes with a scale of 1/255, [height, width, channels]. Gray is 0.299 red + 0.587 green + 0.114 blue
 * (ITU-R BT.601, as most libraries have it). @internal
 */
export const pixelTensor = (
  { width, height, channels: from, data }: Pixels,
  { channels: to = 3, background = 1 }: PixelOptions,
): Tensor => {
  const count = width * height;
  const out = new Uint8Array(count * to);
  const isGray = from < 3;
  const hasOpacity = from === 2 || from === 4;
  for (let pixel = 0; pixel < count; pixel++) {
    const at = pixel * from;
    const opacity = hasOpacity ? data[at + from - 1] : 255;
    const seen = (channel: number): number => {
      const value = data[at + (isGray ? 0 : channel)];
      return to === 4 ? value : (value * opacity + 255 * background * (255 - opacity)) / 255;
    };
    if (to === 1) out[pixel] = Math.round(isGray ? seen(0) : 0.299 * seen(0) + 0.587 * seen(1) + 0.114 * seen(2));
    else for (let channel = 0; channel < 3; channel++) out[pixel * to + channel] = Math.round(seen(channel));
    if (to === 4) out[4 * pixel + 3] = opacity;
  }
  return ownTensor([height, width, to], "uint8", out, 1 / 255);
};
