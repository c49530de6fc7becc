import { type Code, code, signed, unsigned } from "./bytes.ts";

/**
 * WebAssembly instructions as expressions: `f32x4.add(a, b)` (`src/wasm/instructions`) is the code of its operands, then its
 * opcode. The names and opcodes are those of the WebAssembly specification (core 2.0, section 5.4; relaxed SIMD, section 2);
 * only those in use are here.
 * An expression that is used twice is computed twice: put it into a local.
 */
export interface Expression {
  readonly type: ValueType;
  readonly code: Code;
}

/** The operand of an instruction: a number is a constant of the instruction's type. */
export type Operand = Expression | number;

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
export type Unary = (a: Expression) => Expression;
export type Binary = (a: Operand, b: Operand) => Expression;
/** Instructions on the bits of vectors: these take no numbers. */
export type Bitwise = (a: Expression, b: Expression) => Expression;
export type Ternary = (a: Expression, b: Expression, c: Expression) => Expression;
export type Load = (address: Expression, offset?: number) => Expression;
export type Extract = (vector: Expression, lane: number) => Expression;
export type Replace = (vector: Expression, lane: number, value: Expression) => Expression;

/** The opcode of an instruction on vectors: these have a prefix. */
export const simd = (op: number): Code => `\xfd${unsigned(op)}`;

/** A constant i32. */
export const i32Const = (value: number): Expression => ({ type: "i32", code: `\x41${signed(value)}` });

/** The code of an operand, empty for one that an instruction does not have. */
export const codeOf = (operand: Operand | undefined, constant: (value: number) => Expression = i32Const): Code =>
  typeof operand === "number" ? constant(operand).code : (operand?.code ?? "");

/** An instruction that takes as many operands as it is called with, up to three. Numbers are constants, of i32 unless said otherwise. */
export const instruction =
  (type: ValueType, op: Code, constant?: (value: number) => Expression) =>
  (a: Operand, b?: Operand, c?: Operand): Expression => ({
    type,
    code: codeOf(a, constant) + codeOf(b, constant) + codeOf(c, constant) + op,
  });

/** An instruction on vectors with a vector as its result. */
export const onVectors = (
  op: number,
  constant?: (value: number) => Expression,
): ((a: Operand, b?: Operand, c?: Operand) => Expression) => instruction("v128", simd(op), constant);

/** Alignment is only a hint in the binary format; one byte is always allowed, and engines ignore the hint. */
export const loading =
  (type: ValueType, op: Code): Load =>
  (address, offset = 0) => ({ type, code: `${address.code + op}\0${unsigned(offset)}` });

export const extract =
  (type: ValueType, op: number): Extract =>
  (vector, lane) => ({ type, code: vector.code + simd(op) + code(lane) });

export const replace =
  (op: number): Replace =>
  (vector, lane, value) => ({ type: "v128", code: vector.code + value.code + simd(op) + code(lane) });

/** `condition ? whenTrue : whenFalse`, both sides evaluated. */
export const select = (whenTrue: Expression, whenFalse: Expression, condition: Expression): Expression =>
  instruction(whenTrue.type, "\x1b")(whenTrue, whenFalse, condition);

/** A constant of sixteen bytes. */
export const constVector = ({ buffer }: { readonly buffer: ArrayBuffer }): Expression => ({
  type: "v128",
  code: simd(0x0c) + code(...new Uint8Array(buffer)),
});
