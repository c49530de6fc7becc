import { gelu } from "../../ops/elementwise/gelu.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Pattern, PatternFinder, PatternMatch } from "../core/dialect.ts";
import type { GraphNode } from "../core/graphNode.ts";

/** Whether a constant is a number, as far as float32 tells. */
const isAbout = (value: number | undefined, expected: number): boolean =>
  value !== undefined && Math.abs(value - expected) <= 1e-6 * Math.abs(expected);

/** A product: its constant factor, the other factors, and the nodes in front of the last. */
interface Product {
  readonly factor: number;
  readonly others: readonly string[];
  readonly inner: readonly GraphNode[];
}

/** The factors of nested products, in any order. */
const productOf = (node: GraphNode, finder: PatternFinder): Product => {
  let factor = 1;
  const others: string[] = [];
  const inner: GraphNode[] = [];
  for (const input of node.inputs) {
    const number = finder.number(input);
    const before = finder.producer(input);
    if (number !== undefined) factor *= number;
    else if (before?.op === "Mul") {
      const product = productOf(before, finder);
      factor *= product.factor;
      others.push(...product.others);
      inner.push(before, ...product.inner);
    } else others.push(input);
  }
  return { factor, others, inner };
};

/** The other operand of a node with two operands, where one is a number. */
const besideNumber = (
  node: GraphNode | undefined,
  op: string,
  expected: number,
  finder: PatternFinder,
): string | undefined => {
  if (node?.op !== op || node.inputs.length !== 2) return undefined;
  const at = node.inputs.findIndex((input) => isAbout(finder.number(input), expected));
  // A quotient is divided by the number.
  if (at < 0 || (op !== "Add" && at !== 1)) return undefined;
  return node.inputs[1 - at];
};

/** x/2·(1 + gate): the gate is what `read` finds to be a function of x. */
const gated = (
  node: GraphNode,
  finder: PatternFinder,
  gate: string,
  read: (argument: string) => { readonly x: string; readonly inner: readonly GraphNode[] } | undefined,
  compute: (x: Tensor) => Tensor,
): PatternMatch | undefined => {
  const { factor, others, inner } = productOf(node, finder);
  if (others.length !== 2 || !isAbout(factor, 0.5)) return undefined;
  for (const [at, name] of others.entries()) {
    const sum = finder.producer(name);
    const behind = besideNumber(sum, "Add", 1, finder);
    const gateNode = behind === undefined ? undefined : finder.producer(behind);
    const argument = gateNode?.op === gate ? read(gateNode.inputs[0]) : undefined;
    if (!sum || !gateNode || argument?.x !== others[1 - at]) continue;
    return { input: argument.x, inner: [...inner, sum, gateNode, ...argument.inner], compute };
  }
  return undefined;
};

/** x/2·(1 + erf(x/√2)). */
const exact: Pattern = {
  last: "Mul",
  match: (node, finder) =>
    gated(
      node,
      finder,
      "Erf",
      (argument) => {
        const scaled = finder.producer(argument);
        const x = besideNumber(scaled, "Div", Math.SQRT2, finder);
        if (scaled && x !== undefined) return { x, inner: [scaled] };
        const product = scaled?.op === "Mul" ? productOf(scaled, finder) : undefined;
        if (!scaled || product?.others.length !== 1 || !isAbout(product.factor, Math.SQRT1_2)) return undefined;
        return { x: product.others[0], inner: [scaled, ...product.inner] };
      },
      (x) => gelu(x),
    ),
};

/** x/2·(1 + tanh(√(2/π)(x + 0.044715x³))). */
const approximate: Pattern = {
  last: "Mul",
  match: (node, finder) =>
    gated(
      node,
      finder,
      "Tanh",
      (argument) => {
        const scaled = finder.producer(argument);
        const product = scaled?.op === "Mul" ? productOf(scaled, finder) : undefined;
        if (!scaled || product?.others.length !== 1 || !isAbout(product.factor, Math.sqrt(2 / Math.PI)))
          return undefined;
        const sum = finder.producer(product.others[0]);
        if (sum?.op !== "Add") return undefined;
        for (const [at, name] of sum.inputs.entries()) {
          const bent = finder.producer(name);
          const cubic = bent?.op === "Mul" ? productOf(bent, finder) : undefined;
          if (!bent || cubic?.others.length !== 1 || !isAbout(cubic.factor, 0.044715)) continue;
          const cube = finder.producer(cubic.others[0]);
          const x = besideNumber(cube, "Pow", 3, finder);
          if (!cube || x !== sum.inputs[1 - at]) continue;
          return { x, inner: [scaled, ...product.inner, sum, bent, ...cubic.inner, cube] };
        }
        return undefined;
      },
      (x) => gelu(x, { approximate: "tanh" }),
    ),
};

/** Activations that exporters write in parts. */
export const onnxPatterns: readonly Pattern[] = [exact, approximate];
