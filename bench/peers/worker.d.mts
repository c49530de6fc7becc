// The types of worker.mjs, for the contenders that are written in TypeScript.
import type { Spec } from "./workloads.ts";

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface Prepared {
  readonly info: Readonly<Record<string, unknown>>;
  readonly step: () => unknown;
}

export const serve: (
  prepare: (spec: Spec, tensors: Readonly<Record<string, NamedArray>>, path: string) => Prepared | Promise<Prepared>,
) => Promise<void>;

export const batchesOf: <T>(
  spec: Spec,
  tensors: Readonly<Record<string, NamedArray>>,
  make: (x: NamedArray, y: NamedArray | undefined) => T,
) => T[];

export const inTurns: <T, R>(batches: readonly T[], step: (batch: T) => R) => () => R;

export const layersOf: (spec: Spec) => string[];
