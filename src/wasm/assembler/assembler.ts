import { type Code, code, counted, toBytes, unsigned, vector } from "./bytes.ts";
import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import { codeOf, type Expression, type Operand, simd, type ValueType } from "./instructions.ts";

/** A local variable of a function; it reads as an expression. */
export interface Local extends Expression {
  readonly index: number;
}

/** A function of the module that is being assembled. */
export interface FunctionReference {
  readonly index: number;
  readonly result: ValueType | undefined;
}

const typeCodes: Record<ValueType, Code> = { i32: "\x7f", i64: "\x7e", f32: "\x7d", f64: "\x7c", v128: "\x7b" };

/**
 * The body of one function, written statement by statement: locals, stores, loops. Control flow nests by callbacks, so
 * that generators read like the loops they produce.
 */
export class FunctionBuilder {
  #code: Code = "";
  readonly relaxed: boolean;
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];

  constructor(parameters: number, relaxed: boolean) {
    this.#parameters = parameters;
    this.relaxed = relaxed;
  }

  /** A new local variable, zero or `initial`. */
  local(type: ValueType, initial?: Operand): Local {
    const local = localAt(this.#parameters + this.#locals.length, type);
    this.#locals.push(type);
    if (initial !== undefined) this.set(local, initial);
    return local;
  }

  /** Several of them. */
  locals(type: ValueType, count: number, initial?: Operand): readonly Local[] {
    return Array.from({ length: count }, () => this.local(type, initial));
  }

  set(local: Local, value: Operand): void {
    this.#code += `${codeOf(value)}\x21${unsigned(local.index)}`;
  }

  /** `local += amount` for an i32. */
  increment(local: Local, amount: Operand): void {
    this.set(local, i32.add(local, amount));
  }

  /** a * b + c: one rounding where relaxed SIMD is in use (fused), two elsewhere (the same bits on every machine). */
  multiplyAdd(a: Expression, b: Expression, c: Expression): Expression {
    return this.relaxed ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  }

  storeI32(address: Expression, value: Expression, offset: number = 0): void {
    this.#store("\x36", address, value, offset);
  }
  storeI8(address: Expression, value: Expression, offset: number = 0): void {
    this.#store("\x3a", address, value, offset);
  }
  storeF32(address: Expression, value: Expression, offset: number = 0): void {
    this.#store("\x38", address, value, offset);
  }
  storeV128(address: Expression, value: Expression, offset: number = 0): void {
    this.#store(simd(0x0b), address, value, offset);
  }
  /** Stores one 32-bit lane. */
  storeLane32(address: Expression, vector: Expression, lane: number, offset: number = 0): void {
    this.#store(simd(0x5a), address, vector, offset, lane);
  }
  /** Stores one 64-bit lane. */
  storeLane64(address: Expression, vector: Expression, lane: number, offset: number = 0): void {
    this.#store(simd(0x5b), address, vector, offset, lane);
  }

  /** Stores the first `count` (0 to 3) of four 32-bit lanes: the edge of a row, without touching the memory after it. */
  storeFirstLanes(address: Expression, vector: Local, count: Expression): void {
    this.if(
      i32.and(count, 2),
      () => {
        this.storeLane64(address, vector, 0);
        this.if(i32.and(count, 1), () => this.storeLane32(address, vector, 2, 8));
      },
      () => {
        this.if(i32.and(count, 1), () => this.storeLane32(address, vector, 0));
      },
    );
  }

  if(condition: Expression, then: () => void, otherwise?: () => void): void {
    this.#code += `${condition.code}\x04\x40`;
    then();
    if (otherwise) {
      this.#code += "\x05";
      otherwise();
    }
    this.#code += "\x0b";
  }

  /** Runs the body, then again while the condition holds. */
  doWhile(body: () => void, condition: Expression): void {
    this.#code += "\x03\x40";
    body();
    this.#code += `${condition.code}\x0d\0\x0b`;
  }

  /** Runs the body while the condition holds. */
  while(condition: Expression, body: () => void): void {
    this.if(condition, () => this.doWhile(body, condition));
  }

  /** `for (local = from; local < to; local += step) body()`, unsigned; nothing runs when from >= to. */
  for(local: Local, from: Operand, to: Operand, step: Operand, body: () => void): void {
    this.set(local, from);
    this.while(i32.ltU(local, to), () => {
      body();
      this.increment(local, step);
    });
  }

  /** Calls a function without a result. */
  call(target: FunctionReference, args: readonly Expression[]): void {
    this.#code += callResult(target, args).code;
  }

  return(value?: Expression): void {
    this.#code += `${codeOf(value)}\x0f`;
  }

  /** The function's result: the value that is left when the body ends. */
  result(value: Expression): void {
    this.#code += value.code;
  }

  /** The encoded function: its length, its locals, its body, its end. */
  finish(): Code {
    const locals = this.#locals.map((type) => `\x01${typeCodes[type]}`);
    return counted(`${vector(locals)}${this.#code}\x0b`);
  }

  #store(op: Code, address: Expression, value: Expression, offset: number, ...lane: readonly number[]): void {
    this.#code += `${address.code}${value.code}${op}\0${unsigned(offset)}${code(...lane)}`;
  }
}

const localAt = (index: number, type: ValueType): Local => ({
  index,
  type,
  code: `\x20${unsigned(index)}`,
});

/** The result of a call, as an expression. */
export const callResult = (target: FunctionReference, args: readonly Expression[]): Expression => ({
  type: target.result ?? "i32",
  code: `${args.map(({ code }) => code).join("")}\x10${unsigned(target.index)}`,
});

/** The engine that a kernel module is assembled for. */
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
    body: Code;
  }[] = [];

  constructor(options: AssembleOptions) {
    this.relaxed = options.relaxed;
    this.#shared = options.shared ?? false;
  }

  /**
   * Adds a function that only others of the module call. The body receives the builder and the parameters as locals.
   * @param parameters Their types, or how many there are when all are i32.
   */
  function(
    parameters: readonly ValueType[] | number,
    body: (f: FunctionBuilder, ...parameters: Local[]) => void,
    result?: ValueType,
  ): FunctionReference {
    return this.#add(undefined, parameters, body, result);
  }

  /** Adds a function that the module exports: addresses, sizes and flags, all i32, and mostly no result. */
  export(
    name: string,
    parameters: number,
    body: (f: FunctionBuilder, ...parameters: Local[]) => void,
    result?: ValueType,
  ): FunctionReference {
    return this.#add(name, parameters, body, result);
  }

  #add(
    name: string | undefined,
    types: readonly ValueType[] | number,
    body: (f: FunctionBuilder, ...parameters: Local[]) => void,
    result: ValueType | undefined,
  ): FunctionReference {
    const parameters = typeof types === "number" ? new Array<"i32">(types).fill("i32") : types;
    const f = new FunctionBuilder(parameters.length, this.relaxed);
    body(f, ...parameters.map((type, index) => localAt(index, type)));
    this.#functions.push({ name, parameters, result, body: f.finish() });
    return { index: this.#functions.length - 1, result };
  }

  /** The binary module (WebAssembly specification, section 5.5). */
  finish(): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const types = functions.map(
      ({ parameters, result }) =>
        `\x60${vector(parameters.map((type) => typeCodes[type]))}${vector(result ? [typeCodes[result]] : [])}`,
    );
    // Limits: at least 0 pages; a shared memory must also have a maximum, at most the maximum here.
    const limits = this.#shared ? `\x03\0${unsigned(mostPages)}` : "\0\0";
    const exported = functions.flatMap(({ name }, index) =>
      name === undefined ? [] : `${counted(name)}\0${unsigned(index)}`,
    );
    const sections = [
      section("\x01", types),
      section("\x02", [`${counted("gradus")}${counted("memory")}\x02${limits}`]),
      section(
        "\x03",
        functions.map((_, index) => unsigned(index)),
      ),
      section("\x07", exported),
      section(
        "\x0a",
        functions.map(({ body }) => body),
      ),
    ];
    return toBytes(`\0asm\x01\0\0\0${sections.join("")}`);
  }
}

const section = (id: Code, parts: readonly Code[]): Code => id + counted(vector(parts));
