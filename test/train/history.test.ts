import { describe, expect, it } from "vitest";
import { History } from "../../src/train/history.ts";

describe("History", () => {
  const first = { epoch: 0, loss: 0.5, validationAccuracy: 0.9, steps: 10, seconds: 1 };
  const second = { ...first, epoch: 1, loss: 0.25, validationAccuracy: 0.95 };

  it("tells the last value, and survives JSON", () => {
    const history = new History([first, second]);
    expect(history.last("loss")).toBe(0.25);
    expect(history.last("validationAccuracy")).toBe(0.95);
    const copy = new History(JSON.parse(JSON.stringify(history)).epochs);
    expect(copy.epochs).toEqual(history.epochs);
    history.stopped = "enough";
    expect(history.toJSON()).toEqual({ epochs: [first, second], stopped: "enough" });
  });

  it("says what was measured when a value is missing", () => {
    expect(() => new History([first]).last("accuracy")).toThrow(
      "history: accuracy must have been measured, got loss, validationAccuracy. Train for an epoch, with int32 labels.",
    );
    expect(() => new History().last("validationLoss")).toThrow(
      "history: validationLoss must have been measured, got no complete epoch. Pass { validation: data } to fit.",
    );
  });
});
