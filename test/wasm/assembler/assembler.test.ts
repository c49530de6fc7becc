import { describe, expect, it } from "vitest";
import { callResult, type FunctionBuilder, type Local, ModuleBuilder } from "../../../src/wasm/assembler/assembler.ts";
import { code, counted, signed, toBytes, unsigned, vector } from "../../../src/wasm/assembler/bytes.ts";
import { hasRelaxedSimd, hasSimd } from "../../../src/wasm/assembler/features.ts";
import * as f32 from "../../../src/wasm/assembler/instructions/f32.ts";
import * as f32x4 from "../../../src/wasm/assembler/instructions/f32x4.ts";
import * as f64 from "../../../src/wasm/assembler/instructions/f64.ts";
import * as f64x2 from "../../../src/wasm/assembler/instructions/f64x2.ts";
import * as i8x16 from "../../../src/wasm/assembler/instructions/i8x16.ts";
import * as i16x8 from "../../../src/wasm/assembler/instructions/i16x8.ts";
import * as i32 from "../../../src/wasm/assembler/instructions/i32.ts";
import * as i32x4 from "../../../src/wasm/assembler/instructions/i32x4.ts";
import * as i64x2 from "../../../src/wasm/assembler/instructions/i64x2.ts";
import * as v128 from "../../../src/wasm/assembler/instructions/v128.ts";
import { type Expression, select, type ValueType } from "../../../src/wasm/assembler/instructions.ts";
import { assemble, instantiate, kernel } from "../../../src/wasm/assembler/kernel.ts";

const { shuffle32 } = i8x16;
const instructions = { f32, f32x4, f64, f64x2, i8x16, i16x8, i32, i32x4, i64x2, v128 };

describe("bytes", () => {
  it.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [16383, [0xff, 0x7f]],
    [16384, [0x80, 0x80, 0x01]],
    [624485, [0xe5, 0x8e, 0x26]],
    [4294967295, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("bytes: %d is written unsigned", (value, bytes) => {
    expect([...toBytes(unsigned(value))]).toEqual(bytes);
  });

  it.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [127, [0xff, 0x00]],
    [128, [0x80, 0x01]],
    [-128, [0x80, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [2147483647, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-2147483648, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])("bytes: %d is written signed", (value, bytes) => {
    expect([...toBytes(signed(value))]).toEqual(bytes);
  });

  it("bytes: floats are written little-endian, and names with their length", () => {
    expect([...toBytes(f32.const(1).code)]).toEqual([0x43, 0, 0, 0x80, 0x3f]);
    expect([...toBytes(f64.const(-2).code)]).toEqual([0x44, 0, 0, 0, 0, 0, 0, 0, 0xc0]);
    expect([...toBytes(counted("ab"))]).toEqual([2, 97, 98]);
  });

  it("bytes: parts follow their number, and every byte keeps its value", () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    expect([...toBytes(vector([code(...bytes), "", code(7)]))]).toEqual([3, ...bytes, 7]);
  });
});

const memory = new WebAssembly.Memory({ initial: 1 });

/** Runs the body as a function of i32 parameters with an i32 result. */
const run = (body: (f: FunctionBuilder, ...parameters: Local[]) => void, ...args: number[]): number => {
  const generator = kernel<"run">("test", (module) => {
    module.export("run", args.length, body, "i32");
  });
  return instantiate(generator, memory, { relaxed: false }).run(...args);
};

describe("instructions", () => {
  const cases = Object.entries(instructions).flatMap(([group, members]) =>
    Object.entries(members)
      .filter(([name]) => name !== "shuffle32")
      .map(([name, member]: [string, unknown]) => ({ name: `${group}.${name}`, group, member })),
  );
  const operands: Readonly<Record<ValueType, Expression>> = {
    i32: i32.const(1),
    // The instructions have no constant of this type.
    i64: { type: "i64", code: code(0x42, 0x01) },
    f32: f32.const(1),
    f64: f64.const(1),
    v128: v128.zero,
  };

  const validates = (expression: Expression): boolean => {
    const module = new ModuleBuilder({ relaxed: false });
    module.export("test", 0, (f) => f.result(expression), expression.type);
    return WebAssembly.validate(module.finish());
  };

  /** The arguments of an instruction, by its name: operands of the right types, or numbers that are encoded with it. */
  const argumentsFor = (group: string, name: string, count: number): readonly unknown[] => {
    const value = operands[group.includes("x") ? "v128" : (group as ValueType)];
    const vector = operands.v128;
    if (name === "const") return [group === "i64x2" ? 7n : -7];
    if (name.startsWith("load")) return [operands.i32, 300];
    if (name === "splat") return [operands[laneType(group)]];
    if (name === "extractLane") return [vector, 1];
    if (name === "replaceLane") return [vector, 1, operands[laneType(group)]];
    if (name === "shuffle") return [vector, vector, Array.from({ length: 16 }, (_, lane) => 31 - lane)];
    if (name === "bitselect" || name === "relaxedMadd") return [vector, vector, vector];
    if (name.startsWith("sh") && group.includes("x")) return [vector, operands.i32];
    const from = /(?:convert|reinterpret|promote|demote|wrap|extend|trunc|truncSat)(I32|I64|F32|F64)(?!x)/.exec(name);
    if (from) return [operands[from[1].toLowerCase() as ValueType]];
    return Array.from({ length: count }, () => value);
  };

  const laneType = (group: string): ValueType =>
    group.startsWith("f64") ? "f64" : group.startsWith("f32") ? "f32" : group.startsWith("i64") ? "i64" : "i32";

  it.each(cases)("$name makes a valid module", ({ group, name, member }) => {
    if (name === "f32x4.relaxedMadd" && !hasRelaxedSimd()) return;
    if (typeof member !== "function") {
      expect(validates(member as Expression)).toBe(true);
      return;
    }
    const build = member as (...args: unknown[]) => Expression;
    // Instructions accept any number of operands; only the right number makes a valid module.
    const valid = [1, 2].filter((count) =>
      validates(build(...argumentsFor(group, name.slice(group.length + 1), count))),
    );
    expect(valid.length).toBeGreaterThan(0);
  });

  it("instructions that select, shuffle and extract lanes do what their names say", () => {
    const vector = f32x4.const(1, 2, 3, 4);
    const lane = (value: Expression, index: number): number =>
      run((f) => f.result(i32.reinterpretF32(f32x4.extractLane(value, index))));
    const asBits = (value: number): number => new Int32Array(new Float32Array([value]).buffer)[0];
    expect(lane(shuffle32(vector, f32x4.const(5, 6, 7, 8), [3, 4, 0, 7]), 1)).toBe(asBits(5));
    expect(lane(f32x4.replaceLane(vector, 2, f32.const(9)), 2)).toBe(asBits(9));
    expect(run((f) => f.result(select(i32.const(3), i32.const(4), i32.const(0))))).toBe(4);
    expect(run((f) => f.result(v128.anyTrue(i64x2.const(0n, -1n))))).toBe(1);
    expect(validates(select(f64.const(1), f64.const(2), i32.const(1)))).toBe(true);
  });

  it("instructions encode offsets and constants of several bytes", () => {
    new Int32Array(memory.buffer)[200] = -123456789;
    expect(run((f) => f.result(i32.load(i32.const(0), 800)))).toBe(-123456789);
    expect(run((f) => f.result(i32.const(-2147483648)))).toBe(-2147483648);
  });
});

describe("FunctionBuilder", () => {
  const countLoop = (from: number, to: number, step: number): number =>
    run(
      (f, start, end, stride) => {
        const count = f.local("i32");
        f.for(f.local("i32"), start, end, stride, () => f.increment(count, 1));
        f.result(count);
      },
      from,
      to,
      step,
    );

  it.each([
    [0, 0, 1, 0],
    [5, 3, 1, 0],
    [0, 1, 1, 1],
    [0, 10, 3, 4],
    [0, 0x80000001, 1 << 30, 3],
  ])("FunctionBuilder.for from %d to %d by %d runs the right number of times (unsigned)", (from, to, step, times) => {
    expect(countLoop(from, to, step)).toBe(times);
  });

  it("FunctionBuilder.doWhile runs the body before it tests the condition", () => {
    const times = (limit: number): number =>
      run((f, end) => {
        const count = f.local("i32");
        f.doWhile(() => f.increment(count, 1), i32.ltU(count, end));
        f.result(count);
      }, limit);
    expect([0, 1, 5].map(times)).toEqual([1, 1, 5]);
  });

  it("FunctionBuilder.if runs one branch, nests, and works without else", () => {
    const sign = (value: number): number =>
      run((f, number) => {
        const out = f.local("i32", 7);
        f.if(
          i32.ltS(number, 0),
          () => f.set(out, -1),
          () => f.if(number, () => f.set(out, 1)),
        );
        f.result(out);
      }, value);
    expect([-5, 0, 5].map(sign)).toEqual([-1, 7, 1]);
  });

  it("FunctionBuilder returns early", () => {
    const early = (value: number): number =>
      run((f, number) => {
        f.if(number, () => f.return(i32.const(11)));
        f.result(i32.const(22));
      }, value);
    expect([0, 1].map(early)).toEqual([22, 11]);
  });

  it("FunctionBuilder calls other functions, with and without a result", () => {
    const generator = kernel<"run">("calls", (module) => {
      const store = module.function(2, (f, address, value) => {
        f.storeI32(address, value);
      });
      const twice = module.function(1, (f, value) => f.result(i32.add(value, value)), "i32");
      module.export(
        "run",
        1,
        (f, value) => {
          f.call(store, [i32.const(64), callResult(twice, [value])]);
          f.result(i32.load(i32.const(64)));
        },
        "i32",
      );
    });
    expect(instantiate(generator, memory, { relaxed: false }).run(21)).toBe(42);
  });

  it("FunctionBuilder stores every width", () => {
    const bytes = new Uint8Array(memory.buffer, 128, 64);
    bytes.fill(0xaa);
    run((f) => {
      f.storeI8(i32.const(128), i32.const(1));
      f.storeF32(i32.const(128), f32.const(2), 4);
      f.storeV128(i32.const(128), f32x4.const(4, 5, 6, 7), 16);
      f.storeLane32(i32.const(128), f32x4.const(4, 5, 6, 7), 3, 32);
      f.storeLane64(i32.const(128), f32x4.const(4, 5, 6, 7), 1, 40);
      f.result(i32.const(0));
    });
    const view = new DataView(memory.buffer, 128);
    expect([view.getUint8(0), view.getUint8(1)]).toEqual([1, 0xaa]);
    expect([view.getFloat32(4, true), view.getUint8(8)]).toEqual([2, 0xaa]);
    expect([16, 20, 24, 28, 32, 40, 44].map((at) => view.getFloat32(at, true))).toEqual([4, 5, 6, 7, 7, 6, 7]);
    expect([view.getUint8(36), view.getUint8(48)]).toEqual([0xaa, 0xaa]);
  });

  it.each([0, 1, 2, 3])("FunctionBuilder.storeFirstLanes stores %d lanes, and nothing behind them", (lanes) => {
    const target = new Float32Array(memory.buffer, 256, 5).fill(-1);
    run((f, count) => {
      const vector = f.local("v128", f32x4.const(1, 2, 3, 4));
      f.storeFirstLanes(i32.const(256), vector, count);
      f.result(i32.const(0));
    }, lanes);
    expect([...target]).toEqual([1, 2, 3, 4, -1].map((value, lane) => (lane < lanes ? value : -1)));
  });

  it.each(hasRelaxedSimd() ? [false, true] : [false])("FunctionBuilder multiplies and adds, relaxed %s", (relaxed) => {
    const generator = kernel<"run">("madd", (module) => {
      module.export(
        "run",
        0,
        (f) => f.result(f32x4.extractLane(f.multiplyAdd(f32x4.const(3), f32x4.const(5), f32x4.const(7)), 2)),
        "f32",
      );
    });
    expect(instantiate(generator, memory, { relaxed }).run()).toBe(22);
  });
});

describe("features", () => {
  it("SIMD is detected by validation, and a module with an unknown instruction is rejected", () => {
    expect(hasSimd()).toBe(true);
    const generator = kernel<"run">("relaxed", (module) => {
      module.export("run", 0, (f) => f.result(f.multiplyAdd(v128.zero, v128.zero, v128.zero)), "v128");
    });
    expect(WebAssembly.validate(assemble(generator, { relaxed: true }))).toBe(hasRelaxedSimd());
  });
});
