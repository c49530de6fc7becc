import { grad, matmul, meanSquaredError, relu, type Tensor, tensor } from "../../src/index.ts";
import { colours, picture, round, text } from "./chart.ts";

/** The worked example of docs/guides/how-a-training-step-works.md: every number is what gradus computes. */

const x = tensor([[1, 2]]);
const target = tensor([[2]]);
const first = tensor([
  [1, -1],
  [0.5, 0.25],
]);
const second = tensor([[0.5], [3]]);

const show = (value: Tensor): string => {
  const text = (number: number): string => String(number).replace("-", "−");
  const rows = value.toArray() as number[][] | number;
  if (typeof rows === "number") return text(rows);
  return rows.map((row) => `[${row.map(text).join("  ")}]`).join(" ");
};

const loss = (y: Tensor): Tensor => meanSquaredError(y, target);
const fromHidden = (h: Tensor): Tensor => loss(matmul(h, second));
const fromSum = (z: Tensor): Tensor => fromHidden(relu(z));

const box = (at: number, top: number, label: string, filled: boolean): string =>
  `<rect x="${at - 38}" y="${top}" width="76" height="34" rx="7" fill="${filled ? "#eaeef2" : "#ffffff"}" stroke="#59636e"/>` +
  text(at, top + 21.5, label, ' text-anchor="middle" font-size="12.5" fill="#1f2328"');

const arrow = (points: readonly [number, number, number, number], colour: string): string => {
  const [fromX, fromY, toX, toY] = points;
  const angle = Math.atan2(toY - fromY, toX - fromX);
  const tip = (turn: number): string =>
    `${round(toX - 8 * Math.cos(angle + turn))} ${round(toY - 8 * Math.sin(angle + turn))}`;
  return (
    `<path d="M${fromX} ${fromY}L${toX} ${toY}" stroke="${colour}" stroke-width="1.8"/>` +
    `<path d="M${tip(0.4)}L${toX} ${toY}L${tip(-0.4)}" fill="none" stroke="${colour}" stroke-width="1.8"/>`
  );
};

const label = (at: number, top: number, content: string, colour: string): string =>
  text(at, top, content, ` text-anchor="middle" font-size="12" fill="${colour}"`);

export const drawStep = (): string => {
  const z = matmul(x, first);
  const h = relu(z);
  const y = matmul(h, second);
  const { blue, orange } = colours;
  const chain = [
    { name: "x", value: x, slope: undefined },
    { name: "matmul", value: z, slope: grad(fromSum)(z), symbol: "z" },
    { name: "relu", value: h, slope: grad(fromHidden)(h), symbol: "h" },
    { name: "matmul", value: y, slope: grad(loss)(y), symbol: "ŷ" },
    { name: "loss", value: loss(y), slope: undefined, symbol: "" },
  ];
  const weights = [
    { at: 1, name: "W₁", value: first, slope: grad((w: Tensor) => fromSum(matmul(x, w)))(first) },
    { at: 3, name: "W₂", value: second, slope: grad((w: Tensor) => loss(matmul(h, w)))(second) },
  ];
  const [left, gap, row] = [66, 172, 138];
  const content: string[] = [];
  for (const [index, { name, value, slope, symbol }] of chain.entries()) {
    const at = left + index * gap;
    content.push(box(at, row, name, index === 0));
    if (index === 4) content.push(label(at, row + 54, `loss = ${show(value)}`, blue));
    if (index === 4) continue;
    const middle = at + gap / 2;
    content.push(arrow([at + 42, row + 9, at + gap - 42, row + 9], blue));
    content.push(label(middle, row - 1, index === 0 ? show(value) : `${symbol} = ${show(value)}`, blue));
    if (!slope) continue;
    content.push(arrow([at + gap - 42, row + 25, at + 42, row + 25], orange));
    content.push(label(middle, row + 44, `∂${symbol} = ${show(slope)}`, orange));
  }
  for (const { at: index, name, value, slope } of weights) {
    const at = left + index * gap;
    content.push(box(at, 58, name, true));
    content.push(label(at, 26, `${name} = ${show(value)}`, blue));
    content.push(label(at, 45, `∂${name} = ${show(slope)}`, orange));
    content.push(arrow([at - 10, 94, at - 10, row - 3], blue), arrow([at + 10, row - 3, at + 10, 94], orange));
  }
  content.push(label(left + 172, row + 92, "forward: values", blue));
  content.push(label(left + 344, row + 92, "backward: ∂loss/∂…", orange));
  return picture(
    2 * left + 4 * gap,
    244,
    "A network of two layers: values flow to the loss, gradients flow back",
    content,
  );
};
