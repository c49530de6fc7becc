/** Run by variable.test.ts in a process that may collect garbage: makes variables, drops all but one, and reports. */
import { Variable } from "../../src/autograd/variable.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { ones } from "../../src/tensor/tensor.ts";

const before = heap().usedBytes;
let variables = Array.from({ length: 100 }, () => new Variable(ones([1000])));
const held = heap().usedBytes;
variables = variables.slice(0, 1);
for (let turn = 0; turn < 20 && heap().usedBytes > before + 2 * 4016; turn++) {
  (globalThis as unknown as { gc: () => void }).gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const after = heap().usedBytes;
if (variables[0].read().data[0] !== 1) throw new Error("the variable that is held lost its value");
console.log(JSON.stringify({ before, held, after }));
