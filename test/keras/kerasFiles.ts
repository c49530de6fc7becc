import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a file that files.py wrote. */
export const kerasFile = (name: string): string => fileURLToPath(new URL(`files/${name}`, import.meta.url));

export const kerasBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(kerasFile(name)));

/** A tensor in expected.json. */
export interface ExpectedTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What a model of a file must give. */
export interface Expected {
  readonly inputs: Readonly<Record<string, ExpectedTensor>>;
  readonly outputs: readonly ExpectedTensor[];
  readonly variables: readonly string[];
}

export const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(kerasFile("expected.json"), "utf8"),
);
