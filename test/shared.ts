import { afterAll, expect } from "vitest";
import { availableBackends, getBackend, setBackend } from "../src/tensor/interpret/backend.ts";

const backend = getBackend();
const available = availableBackends();
const folder = process.cwd();
const environment = { ...process.env };
const globals = Object.entries(Object.getOwnPropertyDescriptors(globalThis)).filter(([, of]) => "value" in of);

// Runs for each test file of the project "shared": what a file leaves behind would change the results of the next file.
afterAll(() => {
  setBackend(backend);
  expect(availableBackends(), "a file that switches relaxed SIMD on must run alone").toEqual(available);
  expect(process.cwd(), "a test file must return to its working folder").toBe(folder);
  expect(process.env, "a test file must restore the environment").toEqual(environment);
  for (const [name, { value }] of globals) {
    const after: unknown = Object.getOwnPropertyDescriptor(globalThis, name)?.value;
    expect(Object.is(after, value), `a test file must restore globalThis.${name}`).toBe(true);
  }
});
