import { Dense, getBackend, meanSquaredError, ones, Sequential, SGD, setBackend } from "../../src/index.ts";
import { observeKernels } from "../../src/tensor/interpret/eager.ts";
import { colours, picture, text } from "./chart.ts";

/** The picture of docs/guides/fast-steps.md: a step that is recorded and replayed, and a product that skips zeros. */

/** The kernels of a step of a small network, in order. */
const kernelsOfStep = (): readonly string[] => {
  const before = getBackend();
  setBackend("simd");
  const layers = [new Dense({ units: 3, activation: "tanh" }), new Dense({ units: 1 })];
  const model = new Sequential({ inputShape: [2], layers, seed: 1 });
  const optimizer = new SGD({ learningRate: 0.1 });
  const step = (): unknown => optimizer.minimize(() => meanSquaredError(model.call(ones([4, 2])), ones([4, 1])));
  step();
  const kernels: string[] = [];
  observeKernels((_, kernel) => kernels.push(kernel), step);
  setBackend(before);
  return kernels;
};

const rect = (x: number, y: number, width: number, height: number, fill: string, stroke: string): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="${fill}" stroke="${stroke}"/>`;

const small = (x: number, y: number, content: string, colour: string = colours.grey, anchor = "start"): string =>
  text(x, y, content, ` text-anchor="${anchor}" font-size="11.5" fill="${colour}"`);

const title = (x: number, y: number, content: string): string =>
  text(x, y, content, ' font-size="13" font-weight="600" fill="#1f2328"');

const arrow = (x: number, from: number, to: number): string =>
  `<path d="M${x} ${from}V${to}M${x - 4} ${to - 6}L${x} ${to}L${x + 4} ${to - 6}" fill="none" stroke="${colours.grey}" stroke-width="1.5"/>`;

const recordings = (top: number): string[] => {
  const kernels = kernelsOfStep();
  const shown = kernels.slice(0, 5);
  const content = [title(20, top, "A recorded step")];
  const way = ["layers", "operations", "tape", "optimizer"];
  for (const [row, label] of ["first call", "later calls"].entries()) {
    const y = top + 22 + row * 96;
    content.push(small(20, y + 16, label, "#1f2328"));
    if (row === 0) {
      for (const [index, name] of way.entries()) {
        content.push(
          rect(110 + index * 105, y, 98, 24, "#ffffff", colours.grey),
          small(159 + index * 105, y + 16, name, "#1f2328", "middle"),
        );
      }
      content.push(small(540, y + 16, "the way to the kernels"));
    }
    const line = row === 0 ? y + 46 : y;
    for (const [index, kernel] of shown.entries()) {
      const x = 110 + index * 105;
      if (row === 0) content.push(arrow(x + 49, y + 27, y + 44));
      content.push(
        rect(x, line, 98, 24, "#dafbe1", colours.green),
        small(x + 49, line + 16, kernel, "#1f2328", "middle"),
      );
    }
    content.push(small(110 + shown.length * 105 + 4, line + 16, `… ${kernels.length} kernels in all`));
  }
  content.push(small(110, top + 22 + 96 + 42, "the same calls at the same addresses, on the data of the new batch"));
  return content;
};

const zeros = (top: number): string[] => {
  const row = [0, 0, 0.5, 0, 0, 0, 1, 0, 0, 0.2, 0, 0];
  const content = [title(20, top, "A product that skips zeros")];
  const y = top + 22;
  content.push(small(20, y + 16, "a row of A", "#1f2328"));
  for (const [index, value] of row.entries()) {
    const x = 110 + index * 44;
    content.push(rect(x, y, 40, 24, value === 0 ? "#ffffff" : "#ddf4ff", value === 0 ? "#d0d7de" : colours.blue));
    content.push(small(x + 20, y + 16, String(value), value === 0 ? "#afb8c1" : "#1f2328", "middle"));
  }
  const list = y + 50;
  content.push(small(20, list + 16, "its list", "#1f2328"));
  for (const [index, at] of row.flatMap((value, position) => (value === 0 ? [] : [position])).entries()) {
    const x = 110 + index * 190;
    content.push(rect(x, list, 170, 24, "#ddf4ff", colours.blue));
    content.push(small(x + 85, list + 16, `${row[at]} × row ${at} of B`, "#1f2328", "middle"));
  }
  content.push(small(110, list + 46, "the sum has the bits of the whole product: 0 × a finite number adds nothing"));
  return content;
};

export const drawFastSteps = (): string =>
  picture(
    760,
    370,
    "Above: the first call of a step goes through layers, operations, tape and optimizer to the kernels; later calls run the " +
      "kernels alone. Below: of a row of twelve numbers, nine are zero, and only three rows of the other matrix are read.",
    [...recordings(30), ...zeros(244)],
  );
