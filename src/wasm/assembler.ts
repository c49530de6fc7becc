import { ByteWriter } from "./bytes.ts";
import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import type { Expression, ValueType } from "./instructions.ts";

/** A local variable of a function; it reads as an expression. */
export interface Local extends Expression {
  readonly index: number;
}

/** A function of the module that is being assembled. */
export interface FunctionReference {
  readonly index: number;
  readonly result: ValueType | undefined;
}

const typeCodes: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/**
 * The body of one function, written statement by statement: locals, stores, loops. Control flow nests by callbacks, so
 * that generators read like the loops they produce.
 */
export class FunctionBuilder {
  readonly code: ByteWriter = new ByteWriter();
  readonly relaxed: boolean;
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];

  constructor(parameters: number, relaxed: boolean) {
    this.#parameters = parameters;
    this.relaxed = relaxed;
  }

  /** A new local variable, zero or `initial`. */
  local(type: ValueType, initial?: Expression): Local {
    const local = localAt(this.#parameters + this.#locals.length, type);
    this.#locals.push(type);
    if (initial) this.set(local, initial);
    return local;
  }

  set(local: Local, value: Expression): void {
    value.write(this.code);
    this.code.byte(0x21);
    this.code.unsigned(local.index);
  }

  /** `local += amount` for an i32. */
  increment(local: Local, amount: Expression | number): void {
    this.set(local, i32.add(local, typeof amount === "number" ? i32.const(amount) : amount));
  }

  /** a * b + c: one rounding where relaxed SIMD is in use (fused), two elsewhere (the same bits on every machine). */
  multiplyAdd(a: Expression, b: Expression, c: Expression): Expression {
    return this.relaxed ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  }

  storeI32(address: Expression, value: Expression, offset: number = 0): void {
    this.#store(0x36, false, address, value, offset);
  }
  storeI8(address: Expression, value: Expression, offset: number = 0): void {
    this.#store(0x3a, false, address, value, offset);
  }
  storeF32(address: Expression, value: Expression, offset: number = 0): void {
    this.#store(0x38, false, address, value, offset);
  }
  storeF64(address: Expression, value: Expression, offset: number = 0): void {
    this.#store(0x39, false, address, value, offset);
  }
  storeV128(address: Expression, value: Expression, offset: number = 0): void {
    this.#store(0x0b, true, address, value, offset);
  }
  /** Stores one 32-bit lane. */
  storeLane32(address: Expression, vector: Expression, lane: number, offset: number = 0): void {
    this.#store(0x5a, true, address, vector, offset);
    this.code.byte(lane);
  }
  /** Stores one 64-bit lane. */
  storeLane64(address: Expression, vector: Expression, lane: number, offset: number = 0): void {
    this.#store(0x5b, true, address, vector, offset);
    this.code.byte(lane);
  }

  /** Stores the first `count` (0 to 3) of four 32-bit lanes: the edge of a row, without touching what stands behind it. */
  storeFirstLanes(address: Expression, vector: Local, count: Expression): void {
    this.if(
      i32.and(count, i32.const(2)),
      () => {
        this.storeLane64(address, vector, 0);
        this.if(i32.and(count, i32.const(1)), () => this.storeLane32(address, vector, 2, 8));
      },
      () => {
        this.if(i32.and(count, i32.const(1)), () => this.storeLane32(address, vector, 0));
      },
    );
  }

  if(condition: Expression, then: () => void, otherwise?: () => void): void {
    condition.write(this.code);
    this.code.raw([0x04, 0x40]);
    then();
    if (otherwise) {
      this.code.byte(0x05);
      otherwise();
    }
    this.code.byte(0x0b);
  }

  /** Runs the body, then again while the condition holds. */
  doWhile(body: () => void, condition: Expression): void {
    this.code.raw([0x03, 0x40]);
    body();
    condition.write(this.code);
    this.code.raw([0x0d, 0x00, 0x0b]);
  }

  /** `for (local = from; local < to; local += step) body()`, unsigned; nothing runs when from >= to. */
  for(local: Local, from: Expression, to: Expression, step: Expression | number, body: () => void): void {
    this.set(local, from);
    this.if(i32.ltU(local, to), () => {
      this.doWhile(
        () => {
          body();
          this.increment(local, step);
        },
        i32.ltU(local, to),
      );
    });
  }

  /** Calls a function without a result. */
  call(target: FunctionReference, args: readonly Expression[]): void {
    callResult(target, args).write(this.code);
  }

  return(value?: Expression): void {
    value?.write(this.code);
    this.code.byte(0x0f);
  }

  /** The function's result: the value that is left when the body ends. */
  result(value: Expression): void {
    value.write(this.code);
  }

  /** The encoded function: its locals, its body, its end. */
  finish(): Uint8Array {
    const out = new ByteWriter();
    out.unsigned(this.#locals.length);
    for (const type of this.#locals) out.raw([1, typeCodes[type]]);
    out.raw(this.code.finish());
    out.byte(0x0b);
    return out.finish();
  }

  #store(op: number, simd: boolean, address: Expression, value: Expression, offset: number): void {
    address.write(this.code);
    value.write(this.code);
    if (simd) {
      this.code.byte(0xfd);
      this.code.unsigned(op);
    } else this.code.byte(op);
    this.code.unsigned(0);
    this.code.unsigned(offset);
  }
}

const localAt = (index: number, type: ValueType): Local => ({
  index,
  type,
  write: (code) => {
    code.byte(0x20);
    code.unsigned(index);
  },
});

/** The result of a call, as an expression. */
export const callResult = (target: FunctionReference, args: readonly Expression[]): Expression => ({
  type: target.result ?? "i32",
  write: (code) => {
    for (const argument of args) argument.write(code);
    code.byte(0x10);
    code.unsigned(target.index);
  },
});

/** What a kernel module is assembled for. */
export interface AssembleOptions {
  /** Fused multiply-add through relaxed SIMD. */
  readonly relaxed: boolean;
  /** The memory is one that threads share. */
  readonly shared?: boolean;
}

/** The most pages of 64 KiB that a 32-bit address reaches. */
const mostPages = 65_536;

/** A WebAssembly module with one imported memory, `gradus.memory`, and exported functions. */
export class ModuleBuilder {
  readonly relaxed: boolean;
  readonly #shared: boolean;
  readonly #functions: {
    name: string | undefined;
    parameters: readonly ValueType[];
    result: ValueType | undefined;
    body: Uint8Array;
  }[] = [];

  constructor(options: AssembleOptions) {
    this.relaxed = options.relaxed;
    this.#shared = options.shared ?? false;
  }

  /** Adds a function; a name exports it. The body receives the builder and the parameters as locals. */
  function(
    name: string | undefined,
    parameters: readonly ValueType[],
    result: ValueType | undefined,
    body: (f: FunctionBuilder, ...parameters: Local[]) => void,
  ): FunctionReference {
    const f = new FunctionBuilder(parameters.length, this.relaxed);
    body(f, ...parameters.map((type, index) => localAt(index, type)));
    this.#functions.push({ name, parameters, result, body: f.finish() });
    return { index: this.#functions.length - 1, result };
  }

  /** The binary module (WebAssembly specification, section 5.5). */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter();
    out.raw([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const functions = this.#functions;
    section(out, 1, (types) => {
      types.unsigned(functions.length);
      for (const { parameters, result } of functions) {
        types.byte(0x60);
        types.unsigned(parameters.length);
        types.raw(parameters.map((type) => typeCodes[type]));
        types.raw(result ? [1, typeCodes[result]] : [0]);
      }
    });
    section(out, 2, (imports) => {
      imports.unsigned(1);
      imports.name("gradus");
      imports.name("memory");
      // Limits: at least 0 pages; a shared memory must also have a maximum, which may be no more than what is said here.
      imports.raw(this.#shared ? [0x02, 0x03, 0x00] : [0x02, 0x00, 0x00]);
      if (this.#shared) imports.unsigned(mostPages);
    });
    section(out, 3, (indices) => {
      indices.unsigned(functions.length);
      for (let index = 0; index < functions.length; index++) indices.unsigned(index);
    });
    const exported = functions.flatMap(({ name }, index) => (name === undefined ? [] : [{ name, index }]));
    section(out, 7, (exports) => {
      exports.unsigned(exported.length);
      for (const { name, index } of exported) {
        exports.name(name);
        exports.byte(0x00);
        exports.unsigned(index);
      }
    });
    section(out, 10, (bodies) => {
      bodies.unsigned(functions.length);
      for (const { body } of functions) {
        bodies.unsigned(body.length);
        bodies.raw(body);
      }
    });
    return out.finish();
  }
}

const section = (out: ByteWriter, id: number, write: (content: ByteWriter) => void): void => {
  const content = new ByteWriter();
  write(content);
  out.byte(id);
  out.unsigned(content.length);
  out.raw(content.finish());
};
