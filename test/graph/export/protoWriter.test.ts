import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtoReader } from "../../../src/graph/core/protoReader.ts";
import { ProtoWriter } from "../../../src/graph/onnx/export/protoWriter.ts";

/** A field of a message, by the kind of its value. */
const field = fc.oneof(
  fc.record({ kind: fc.constant("whole" as const), value: fc.maxSafeInteger() }),
  fc.record({ kind: fc.constant("float" as const), value: fc.float({ noNaN: true }) }),
  fc.record({ kind: fc.constant("text" as const), value: fc.string({ unit: "grapheme" }) }),
  fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array() }),
);

describe("ProtoWriter", () => {
  it("any message is read back as it was written, also within another", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), field)), (fields) => {
        const write = (message: ProtoWriter): void => {
          for (const [number, { kind, value }] of fields) {
            if (kind === "whole") message.whole(number, value);
            else if (kind === "float") message.float(number, value);
            else if (kind === "text") message.text(number, value);
            else message.bytes(number, value);
          }
        };
        const writer = new ProtoWriter().whole(1, 7).message(2, write).text(3, "end");
        const { length } = writer;
        const bytes = writer.finish();
        expect(bytes.length).toBe(length);
        const outer = new ProtoReader(bytes, "file", "a message");
        outer.next();
        expect(outer.whole()).toBe(7);
        outer.next();
        const inner = outer.message("an inner message");
        for (const [number, { kind, value }] of fields) {
          expect(inner.next()).toBe(true);
          expect(inner.field).toBe(number);
          if (kind === "whole") expect(inner.whole()).toBe(value);
          else if (kind === "float") expect(inner.float()).toBe(value);
          else if (kind === "text") expect(inner.text()).toBe(value);
          else expect(inner.bytes()).toEqual(value);
        }
        expect(inner.next()).toBe(false);
        outer.next();
        expect(outer.text()).toBe("end");
        expect(outer.next()).toBe(false);
      }),
    );
  });

  it("whole numbers have the bytes of the format", () => {
    expect([...new ProtoWriter().whole(1, 300).finish()]).toEqual([8, 0xac, 2]);
    expect([...new ProtoWriter().whole(1, -1).finish()]).toEqual([8, ...new Array<number>(9).fill(255), 1]);
  });
});
