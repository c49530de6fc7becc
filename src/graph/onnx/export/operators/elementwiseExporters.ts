import { broadcastShapes, type Shape } from "../../../../tensor/shape.ts";
import type { Exporter, Exporters } from "../exporter.ts";
import { exporterOf, fixedAttributes } from "../exporter.ts";
import type { ExportAttribute, ExportValue } from "../exportValue.ts";
import type { GraphBuilder } from "../graphBuilder.ts";
import { type FreeShape, shapeIn } from "../lengths.ts";

/** One node, which takes the inputs as they are. */
const one =
  (op: string): Exporter =>
  ({ inputs, outputs }, graph) =>
    graph.node(op, inputs, outputs[0]);

/** One node with a float as attribute. */
const withFloat = (op: string, attribute: string, read: (attributes: never) => number): Exporter =>
  exporterOf<never>((call, graph) => {
    const attributes: Record<string, ExportAttribute> = { [attribute]: { float: read(fixedAttributes(call)) } };
    return graph.node(op, call.inputs, call.outputs[0], attributes);
  });

/** Several nodes of the one input's type. */
const composed =
  (
    write: (
      x: ExportValue,
      apply: (op: string, ...inputs: readonly (ExportValue | number)[]) => ExportValue,
    ) => ExportValue,
  ): Exporter =>
  ({ inputs: [x], outputs: [type] }, graph) =>
    write(x, (op, ...inputs) =>
      graph.node(
        op,
        inputs.map((input) => (typeof input === "number" ? graph.number(input) : input)),
        type,
      ),
    );

const joined = (shapes: readonly FreeShape[], trace: 0 | 1): Shape =>
  shapes.reduce<Shape>((shape, next) => broadcastShapes("export", shape, shapeIn(next, trace)), []);

/**
 * The operands without repetition, where the operator repeats them itself: the operations here take operands of one shape, and
 * those of ONNX broadcast.
 */
export const unrepeated = (operands: readonly ExportValue[], shape: FreeShape): readonly ExportValue[] => {
  const sources = operands.map((operand) =>
    operand.node?.op === "Expand" && operand.name === undefined ? (operand.node.inputs[0] as ExportValue) : operand,
  );
  const shapes = sources.map(({ type }) => type.shape);
  const isWhole = ([0, 1] as const).every((trace) => String(joined(shapes, trace)) === String(shapeIn(shape, trace)));
  return isWhole ? sources : operands;
};

/** One node whose operands broadcast. */
const broadcasting =
  (op: string): Exporter =>
  ({ inputs, outputs: [type] }, graph) =>
    graph.node(op, unrepeated(inputs, type.shape), type);

/** x/2·(1 + erf(x/√2)), which programs know as the parts of Gelu; a node of its own from opset 20 on. */
const gelu: Exporter = (call, graph) =>
  graph.opset >= 20
    ? graph.node("Gelu", call.inputs, call.outputs[0])
    : composed((x, apply) =>
        apply("Mul", apply("Mul", x, apply("Add", apply("Erf", apply("Div", x, Math.SQRT2)), 1)), 0.5),
      )(call, graph);

/** x/2·(1 + tanh(√(2/π)(x + 0.044715x³))). */
const geluTanh: Exporter = (call, graph) =>
  graph.opset >= 20
    ? graph.node("Gelu", call.inputs, call.outputs[0], { approximate: { text: "tanh" } })
    : composed((x, apply) => {
        const bent = apply("Add", x, apply("Mul", apply("Pow", x, 3), 0.044715));
        const gate = apply("Add", apply("Tanh", apply("Mul", bent, Math.sqrt(2 / Math.PI))), 1);
        return apply("Mul", apply("Mul", x, gate), 0.5);
      })(call, graph);

/** Bounds that are infinite are left out. */
const clip = exporterOf<{ readonly min: number; readonly max: number }>((call, graph) => {
  const { min, max } = fixedAttributes(call);
  const bounds = [min, max].map((bound) => (Number.isFinite(bound) ? graph.number(bound) : undefined));
  return graph.node("Clip", [...call.inputs, ...bounds], call.outputs[0]);
});

const notEqual: Exporter = ({ inputs, outputs: [type] }, graph) =>
  graph.node("Not", [graph.node("Equal", inputs, type)], type);

/** Bytes count with their scale. */
const toFloat: Exporter = ({ inputs: [x], outputs: [type] }, graph: GraphBuilder) => {
  const floats = graph.node("Cast", [x], type, { to: { whole: 1 } });
  const { scale } = x.type;
  return scale === undefined ? floats : graph.node("Mul", [floats, graph.number(scale)], type);
};

/** Passes the value on. */
const same: Exporter = ({ inputs }) => inputs[0];

/** Functions of single elements. */
export const elementwiseExporters: Exporters = {
  add: one("Add"),
  sub: one("Sub"),
  mul: one("Mul"),
  div: one("Div"),
  maximum: one("Max"),
  minimum: one("Min"),
  pow: one("Pow"),
  neg: one("Neg"),
  abs: one("Abs"),
  square: composed((x, apply) => apply("Pow", x, 2)),
  sqrt: one("Sqrt"),
  exp: one("Exp"),
  log: one("Log"),
  expm1: composed((x, apply) => apply("Sub", apply("Exp", x), 1)),
  log1p: composed((x, apply) => apply("Log", apply("Add", x, 1))),
  sin: one("Sin"),
  cos: one("Cos"),
  sign: one("Sign"),
  floor: one("Floor"),
  ceil: one("Ceil"),
  round: one("Round"),
  sigmoid: one("Sigmoid"),
  tanh: one("Tanh"),
  softplus: one("Softplus"),
  erf: one("Erf"),
  silu: composed((x, apply) => apply("Mul", x, apply("Sigmoid", x))),
  gelu,
  geluTanh,
  relu: one("Relu"),
  leakyRelu: withFloat("LeakyRelu", "alpha", ({ slope }: { readonly slope: number }) => slope),
  elu: withFloat("Elu", "alpha", ({ alpha }: { readonly alpha: number }) => alpha),
  clip,
  equal: one("Equal"),
  notEqual,
  greater: one("Greater"),
  greaterEqual: one("GreaterOrEqual"),
  less: one("Less"),
  lessEqual: one("LessOrEqual"),
  where: broadcasting("Where"),
  logicalAnd: broadcasting("And"),
  logicalOr: broadcasting("Or"),
  logicalNot: one("Not"),
  toFloat,
  toInt32: ({ inputs, outputs: [type] }, graph) => graph.node("Cast", inputs, type, { to: { whole: 7 } }),
  identity: same,
  stopGradient: same,
};
