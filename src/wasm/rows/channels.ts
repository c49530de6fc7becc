import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f64 from "../assembler/instructions/f64.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import { shuffle32 } from "../assembler/instructions/i8x16.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";

/** The difference between whole vectors and the end of a run. */
export interface Edge {
  /** Stores the valid lanes of four. */
  readonly store: (address: Expression, value: Local) => void;
  /** Two of the four lanes in double precision, zero where they are not valid. */
  readonly clear: (value: Local, half: 0 | 1) => Expression;
}

/**
 * How four lanes meet the elements of channels in a row-major [outer, channels, inner]: with inner = 1 the lanes are
 * four channels, and the vectors its rows; otherwise they are neighbours in one channel.
 */
export interface ChannelLayout {
  /** N = outer · inner, the elements of a channel, as two doubles. */
  readonly count: Local;
  /** Loads the number of each lane's channel from an array with one number per channel. */
  readonly load: (base: Local) => Expression;
  /** Stores the number of each lane's channel. */
  readonly store: (base: Local, value: Local) => void;
  /** Visits all vectors of the channels at hand; parity alternates, offset is in bytes from the tensor's begin. */
  readonly each: (body: (offset: Local, parity: 0 | 1, edge: Edge) => void) => void;
  /** Adds up the lanes that belong to one channel, and sets each of them to the sum. */
  readonly together: (sums: readonly [Local, Local]) => readonly [Local, Local];
}

const whole = (f: FunctionBuilder): Edge => ({
  store: (address, value) => f.storeV128(address, value),
  clear: (value) => value,
});

/** Emits `body` for both layouts, in loops over `channels` of all channels. */
export const forChannels = (
  f: FunctionBuilder,
  outer: Local,
  channels: Local,
  inner: Local,
  all: Local,
  body: (layout: ChannelLayout) => void,
): void => {
  const channel = f.local("i32");
  const offset = f.local("i32");
  const count = f.local("v128", f64x2.splat(f64.convertI32S(i32.mul(outer, inner))));
  const channelAddress = (base: Local): Expression => i32.add(base, i32.shl(channel, 2));
  f.if(
    i32.eq(inner, 1),
    () => {
      const rest = f.local("i32");
      const row = f.local("i32");
      const stride = f.local("i32", i32.shl(all, 2));
      const storeLanes = (address: Expression, value: Local): void =>
        f.if(
          i32.geU(rest, 4),
          () => f.storeV128(address, value),
          () => f.storeFirstLanes(address, value, rest),
        );
      // Lanes beyond the last channel compute something and are not stored.
      const edge: Edge = { store: storeLanes, clear: (value) => value };
      f.for(channel, 0, channels, 4, () => {
        f.set(rest, i32.sub(channels, channel));
        body({
          count,
          load: (base) => v128.load(channelAddress(base)),
          store: (base, value) => storeLanes(channelAddress(base), value),
          each: (visit) => {
            const step = (parity: 0 | 1): void => {
              visit(offset, parity, edge);
              f.set(offset, i32.add(offset, stride));
            };
            f.set(offset, i32.shl(channel, 2));
            f.for(row, 0, i32.and(outer, -2), 2, () => {
              step(0);
              step(1);
            });
            f.if(i32.and(outer, 1), () => step(0));
          },
          together: (sums) => sums,
        });
      });
    },
    () => {
      const start = f.local("i32");
      const index = f.local("i32");
      const run = f.local("i32");
      const rest = f.local("i32", i32.and(inner, 3));
      const runBytes = f.local("i32", i32.shl(inner, 2));
      // Each double is masked by two lanes of 32 bits; its position among the four must lie below `rest`.
      const lanes = f.local("v128", i32x4.splat(rest));
      const valid = [
        f.local("v128", i32x4.gtS(lanes, i32x4.const(0, 0, 1, 1))),
        f.local("v128", i32x4.gtS(lanes, i32x4.const(2, 2, 3, 3))),
      ];
      const tail: Edge = {
        store: (address, value) => f.storeFirstLanes(address, value, rest),
        clear: (value, half) => v128.and(value, valid[half]),
      };
      f.for(channel, 0, channels, 1, () => {
        body({
          count,
          load: (base) => v128.load32Splat(channelAddress(base)),
          store: (base, value) => f.storeLane32(channelAddress(base), value, 0),
          each: (visit) => {
            f.set(start, i32.mul(channel, runBytes));
            f.for(run, 0, outer, 1, () => {
              f.set(offset, start);
              const step = (parity: 0 | 1, edge: Edge): void => {
                visit(offset, parity, edge);
                f.increment(offset, 16);
              };
              f.for(index, 0, i32.and(inner, -8), 8, () => {
                step(0, whole(f));
                step(1, whole(f));
              });
              f.if(i32.and(inner, 4), () => step(0, whole(f)));
              f.if(rest, () => step(1, tail));
              f.set(start, i32.add(start, i32.mul(all, runBytes)));
            });
          },
          together: ([low, high]) => {
            const pair = f.local("v128", f64x2.add(low, high));
            const sum = f.local("v128", f64x2.add(pair, shuffle32(pair, pair, [2, 3, 0, 1])));
            return [sum, sum];
          },
        });
      });
    },
  );
};
