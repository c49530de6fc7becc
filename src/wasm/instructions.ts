import type { ByteWriter } from "./bytes.ts";

/**
 * WebAssembly instructions as expressions: `f32x4.add(a, b)` is a tree that writes its operands, then its opcode. The
 * names and opcodes are those of the WebAssembly specification (core 2.0, section 5.4; relaxed SIMD, section 2); only
 * what is used is here.
 * An expression that is used twice is computed twice: put it into a local.
 */
export interface Expression {
  readonly type: ValueType;
  readonly write: (code: ByteWriter) => void;
}

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
type Unary = (a: Expression) => Expression;
type Binary = (a: Expression, b: Expression) => Expression;
type Ternary = (a: Expression, b: Expression, c: Expression) => Expression;
type Load = (address: Expression, offset?: number) => Expression;
type Extract = (vector: Expression, lane: number) => Expression;
type Replace = (vector: Expression, lane: number, value: Expression) => Expression;

// Written out for each number of operands: most of a program's first step is this, before an engine has optimized it.
const unary =
  (type: ValueType, op: number, simd = false): Unary =>
  (a) => ({
    type,
    write: (code) => {
      a.write(code);
      code.opcode(op, simd);
    },
  });
const binary =
  (type: ValueType, op: number, simd = false): Binary =>
  (a, b) => ({
    type,
    write: (code) => {
      a.write(code);
      b.write(code);
      code.opcode(op, simd);
    },
  });
const ternary =
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
const vectorUnary = (op: number): Unary => unary("v128", op, true);
const vectorBinary = (op: number): Binary => binary("v128", op, true);
/** A vector shift: its count is an i32. */
const shift = (op: number): Binary => binary("v128", op, true);

/** Alignment is only a hint in the binary format; one byte is always allowed, and engines ignore the hint. */
const load =
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

const extract =
  (type: ValueType, op: number) =>
  (vector: Expression, lane: number): Expression => ({
    type,
    write: (code) => {
      vector.write(code);
      code.opcode(op, true);
      code.byte(lane);
    },
  });

const replace =
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

export const i32 = {
  const: (value: number): Expression => ({
    type: "i32",
    write: (code) => {
      code.byte(0x41);
      code.signed(value);
    },
  }),
  load: load("i32", 0x28) as Load,
  load8u: load("i32", 0x2d) as Load,
  eqz: unary("i32", 0x45) as Unary,
  eq: binary("i32", 0x46) as Binary,
  ltS: binary("i32", 0x48) as Binary,
  ltU: binary("i32", 0x49) as Binary,
  gtU: binary("i32", 0x4b) as Binary,
  geS: binary("i32", 0x4e) as Binary,
  geU: binary("i32", 0x4f) as Binary,
  add: binary("i32", 0x6a) as Binary,
  sub: binary("i32", 0x6b) as Binary,
  mul: binary("i32", 0x6c) as Binary,
  divU: binary("i32", 0x6e) as Binary,
  and: binary("i32", 0x71) as Binary,
  shl: binary("i32", 0x74) as Binary,
  shrU: binary("i32", 0x76) as Binary,
  reinterpretF32: unary("i32", 0xbc) as Unary,
};

export const f32 = {
  const: (value: number): Expression => ({
    type: "f32",
    write: (code) => {
      code.byte(0x43);
      code.float32(value);
    },
  }),
  load: load("f32", 0x2a) as Load,
  lt: binary("i32", 0x5d) as Binary,
  gt: binary("i32", 0x5e) as Binary,
  abs: unary("f32", 0x8b) as Unary,
  add: binary("f32", 0x92) as Binary,
  sub: binary("f32", 0x93) as Binary,
  min: binary("f32", 0x96) as Binary,
  max: binary("f32", 0x97) as Binary,
  demoteF64: unary("f32", 0xb6) as Unary,
};

export const f64 = {
  const: (value: number): Expression => ({
    type: "f64",
    write: (code) => {
      code.byte(0x44);
      code.float64(value);
    },
  }),
  add: binary("f64", 0xa0) as Binary,
  convertI32S: unary("f64", 0xb7) as Unary,
};

/** A constant of sixteen bytes. */
const constVector = (bytes: Uint8Array): Expression => ({
  type: "v128",
  write: (code) => {
    code.opcode(0x0c, true);
    code.raw(bytes);
  },
});

export const v128 = {
  load: load("v128", 0x00, true) as Load,
  load32Splat: load("v128", 0x09, true) as Load,
  load64Splat: load("v128", 0x0a, true) as Load,
  load32Zero: load("v128", 0x5c, true) as Load,
  load64Zero: load("v128", 0x5d, true) as Load,
  zero: constVector(new Uint8Array(16)) as Expression,
  and: vectorBinary(0x4e) as Binary,
  /** a AND NOT b */
  andnot: vectorBinary(0x4f) as Binary,
  or: vectorBinary(0x50) as Binary,
  xor: vectorBinary(0x51) as Binary,
  /** Bits of a where the mask is set, of b elsewhere. */
  bitselect: ternary("v128", 0x52, true) as Ternary,
  anyTrue: unary("i32", 0x53, true) as Unary,
};

export const i8x16 = {
  /** The 16 chosen bytes of a (0..15) and b (16..31). */
  shuffle: (a: Expression, b: Expression, lanes: readonly number[]): Expression => ({
    type: "v128",
    write: (code) => {
      a.write(code);
      b.write(code);
      code.opcode(0x0d, true);
      code.raw(lanes);
    },
  }),
};

/** The four chosen 32-bit lanes of a (0..3) and b (4..7): i8x16.shuffle by whole lanes. */
export const shuffle32 = (a: Expression, b: Expression, lanes: readonly [number, number, number, number]): Expression =>
  i8x16.shuffle(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  );

export const i16x8 = {
  extendLowI8x16U: vectorUnary(0x89) as Unary,
  extendHighI8x16U: vectorUnary(0x8a) as Unary,
};

export const i32x4 = {
  const: (a: number, b: number = a, c: number = a, d: number = a): Expression =>
    constVector(new Uint8Array(new Int32Array([a, b, c, d]).buffer)),
  splat: vectorUnary(0x11) as Unary,
  extractLane: extract("i32", 0x1b) as Extract,
  eq: vectorBinary(0x37) as Binary,
  ne: vectorBinary(0x38) as Binary,
  ltU: vectorBinary(0x3a) as Binary,
  gtS: vectorBinary(0x3b) as Binary,
  geS: vectorBinary(0x3f) as Binary,
  bitmask: unary("i32", 0xa4, true) as Unary,
  allTrue: unary("i32", 0xa3, true) as Unary,
  extendLowI16x8U: vectorUnary(0xa9) as Unary,
  extendHighI16x8U: vectorUnary(0xaa) as Unary,
  shl: shift(0xab) as Binary,
  shrS: shift(0xac) as Binary,
  shrU: shift(0xad) as Binary,
  add: vectorBinary(0xae) as Binary,
  sub: vectorBinary(0xb1) as Binary,
  maxS: vectorBinary(0xb8) as Binary,
};

export const i64x2 = {
  const: (low: bigint, high: bigint = low): Expression =>
    constVector(new Uint8Array(new BigInt64Array([low, high]).buffer)),
  shl: shift(0xcb) as Binary,
  shrU: shift(0xcd) as Binary,
  add: vectorBinary(0xce) as Binary,
};

export const f32x4 = {
  const: (a: number, b: number = a, c: number = a, d: number = a): Expression =>
    constVector(new Uint8Array(new Float32Array([a, b, c, d]).buffer)),
  splat: vectorUnary(0x13) as Unary,
  extractLane: extract("f32", 0x1f) as Extract,
  replaceLane: replace(0x20) as Replace,
  eq: vectorBinary(0x41) as Binary,
  ne: vectorBinary(0x42) as Binary,
  lt: vectorBinary(0x43) as Binary,
  gt: vectorBinary(0x44) as Binary,
  le: vectorBinary(0x45) as Binary,
  ge: vectorBinary(0x46) as Binary,
  demoteF64x2Zero: vectorUnary(0x5e) as Unary,
  trunc: vectorUnary(0x69) as Unary,
  abs: vectorUnary(0xe0) as Unary,
  neg: vectorUnary(0xe1) as Unary,
  sqrt: vectorUnary(0xe3) as Unary,
  add: vectorBinary(0xe4) as Binary,
  sub: vectorBinary(0xe5) as Binary,
  mul: vectorBinary(0xe6) as Binary,
  div: vectorBinary(0xe7) as Binary,
  /** IEEE minimum: NaN if either is NaN. */
  min: vectorBinary(0xe8) as Binary,
  max: vectorBinary(0xe9) as Binary,
  /** b < a ? b : a, as one machine instruction. */
  pmin: vectorBinary(0xea) as Binary,
  /** a < b ? b : a, as one machine instruction. */
  pmax: vectorBinary(0xeb) as Binary,
  convertI32x4S: vectorUnary(0xfa) as Unary,
  convertI32x4U: vectorUnary(0xfb) as Unary,
  /** a * b + c, fused or not as the machine likes it (relaxed SIMD): use FunctionBuilder.multiplyAdd. */
  relaxedMadd: ternary("v128", 0x105, true) as Ternary,
};

export const f64x2 = {
  const: (a: number, b: number = a): Expression => constVector(new Uint8Array(new Float64Array([a, b]).buffer)),
  splat: vectorUnary(0x14) as Unary,
  extractLane: extract("f64", 0x21) as Extract,
  gt: vectorBinary(0x4a) as Binary,
  promoteLowF32x4: vectorUnary(0x5f) as Unary,
  abs: vectorUnary(0xec) as Unary,
  neg: vectorUnary(0xed) as Unary,
  sqrt: vectorUnary(0xef) as Unary,
  add: vectorBinary(0xf0) as Binary,
  sub: vectorBinary(0xf1) as Binary,
  mul: vectorBinary(0xf2) as Binary,
  div: vectorBinary(0xf3) as Binary,
  min: vectorBinary(0xf4) as Binary,
  /** b < a ? b : a, as one machine instruction. */
  pmin: vectorBinary(0xf6) as Binary,
  /** a < b ? b : a, as one machine instruction. */
  pmax: vectorBinary(0xf7) as Binary,
  convertLowI32x4S: vectorUnary(0xfe) as Unary,
  convertLowI32x4U: vectorUnary(0xff) as Unary,
};
