import type { ByteWriter } from "./bytes.ts";

/**
 * WebAssembly instructions as expressions: `f32x4.add(a, b)` (`src/wasm/instructions`) is a tree that writes its operands, then its opcode. The
 * names and opcodes are those of the WebAssembly specification (core 2.0, section 5.4; relaxed SIMD, section 2); only
 * what is used is here.
 * An expression that is used twice is computed twice: put it into a local.
 */
export interface Expression {
  readonly type: ValueType;
  readonly write: (code: ByteWriter) => void;
}

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
export type Unary = (a: Expression) => Expression;
export type Binary = (a: Expression, b: Expression) => Expression;
export type Ternary = (a: Expression, b: Expression, c: Expression) => Expression;
export type Load = (address: Expression, offset?: number) => Expression;
export type Extract = (vector: Expression, lane: number) => Expression;
export type Replace = (vector: Expression, lane: number, value: Expression) => Expression;

// Written out for each number of operands: most of a program's first step is this, before an engine has optimized it.
export const unary =
  (type: ValueType, op: number, simd = false): Unary =>
  (a) => ({
    type,
    write: (code) => {
      a.write(code);
      code.opcode(op, simd);
    },
  });
export const binary =
  (type: ValueType, op: number, simd = false): Binary =>
  (a, b) => ({
    type,
    write: (code) => {
      a.write(code);
      b.write(code);
      code.opcode(op, simd);
    },
  });
export const ternary =
  (type: ValueType, op: number, simd = false): Ternary =>
  (a, b, c) => ({
    type,
    write: (code) => {
      a.write(code);
      b.write(code);
      c.write(code);
      code.opcode(op, simd);
    },
  });
export const vectorUnary = (op: number): Unary => unary("v128", op, true);
export const vectorBinary = (op: number): Binary => binary("v128", op, true);
/** A vector shift: its count is an i32. */
export const shift = (op: number): Binary => binary("v128", op, true);

/** Alignment is only a hint in the binary format; one byte is always allowed, and engines ignore the hint. */
export const loading =
  (type: ValueType, op: number, simd = false): Load =>
  (address, offset = 0) => ({
    type,
    write: (code) => {
      address.write(code);
      code.opcode(op, simd);
      code.unsigned(0);
      code.unsigned(offset);
    },
  });

export const extract =
  (type: ValueType, op: number) =>
  (vector: Expression, lane: number): Expression => ({
    type,
    write: (code) => {
      vector.write(code);
      code.opcode(op, true);
      code.byte(lane);
    },
  });

export const replace =
  (op: number) =>
  (vector: Expression, lane: number, value: Expression): Expression => ({
    type: "v128",
    write: (code) => {
      vector.write(code);
      value.write(code);
      code.opcode(op, true);
      code.byte(lane);
    },
  });

/** `condition ? whenTrue : whenFalse`, both sides evaluated. */
export const select = (whenTrue: Expression, whenFalse: Expression, condition: Expression): Expression =>
  ternary(whenTrue.type, 0x1b)(whenTrue, whenFalse, condition);

/** A constant of sixteen bytes. */
export const constVector = (bytes: Uint8Array): Expression => ({
  type: "v128",
  write: (code) => {
    code.opcode(0x0c, true);
    code.raw(bytes);
  },
});
