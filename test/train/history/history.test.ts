import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { History } from "../../../src/train/history/history.ts";

describe("History", () => {
  const first = { epoch: 0, loss: 0.5, validationAccuracy: 0.9, steps: 10, seconds: 1 };
  const second = { ...first, epoch: 1, loss: 0.25, validationAccuracy: 0.95 };

  it("History.last returns the last value, and JSON keeps the history", () => {
    const history = new History([first, second]);
    expect(history.last("loss")).toBe(0.25);
    expect(history.last("validationAccuracy")).toBe(0.95);
    const copy = new History(JSON.parse(JSON.stringify(history)).epochs);
    expect(copy.epochs).toEqual(history.epochs);
    history.stopped = "enough";
    expect(history.toJSON()).toEqual({ epochs: [first, second], stopped: "enough" });
  });

  it("History is printed with its last epoch, and why it stopped", () => {
    const history = new History([first, { ...second, metrics: { rSquared: 0.123456 } }]);
    const text = "History of 2 epochs: loss 0.2500, rSquared 0.1235, validationAccuracy 0.9500";
    expect([inspect(history), String(history)]).toEqual([text, text]);
    history.stopped = "enough";
    expect(inspect({ history })).toBe(`{\n  history: ${text}; stopped: enough\n}`);
    expect(inspect(new History([first]))).toBe("History of 1 epoch: loss 0.5000, validationAccuracy 0.9000");
    expect(inspect(new History())).toBe("History of 0 epochs");
  });

  it("History in JSON keeps metrics, inspections, and numbers that JSON lacks", () => {
    const epoch = {
      ...second,
      learningRate: 0.1,
      metrics: { rSquared: Number.NEGATIVE_INFINITY },
      validationMetrics: { rSquared: 0.5 },
      validationDetails: { confusionMatrix: { counts: [[1, 2]] } },
      validationLoss: Number.NaN,
    };
    const history = new History([first, epoch], [{ epoch: 1, step: 20, loss: 0.5 }]);
    expect(history.last("rSquared")).toBe(Number.NEGATIVE_INFINITY);
    expect(history.last("validationRSquared")).toBe(0.5);
    expect(history.last("learningRate")).toBe(0.1);
    const copy = History.fromJSON(JSON.parse(JSON.stringify(history)));
    expect(copy.epochs).toEqual(history.epochs);
    expect(copy.inspections).toEqual(history.inspections);
    expect(() => history.last("validationRsquared")).toThrow(
      "history: validationRsquared must have been measured, got loss, rSquared, validationLoss, validationAccuracy, validationRSquared.",
    );
    history.stopped = "NaN";
    expect(History.fromJSON(JSON.parse(JSON.stringify(history))).stopped).toBe("NaN");
    expect(() => History.fromJSON({ epochs: [{ epoch: 0 }] })).toThrow(
      "History.fromJSON: history.epochs[0].loss must be a number, got nothing.",
    );
    expect(() => History.fromJSON([first])).toThrow(
      "History.fromJSON: history must be an object, got a list of length 1.",
    );
  });

  it("History.last names the measures of the epoch when a value is missing", () => {
    expect(() => new History([first]).last("accuracy")).toThrow(
      "history: accuracy must have been measured, got loss, validationAccuracy. Train for an epoch, with int32 labels.",
    );
    expect(() => new History().last("validationLoss")).toThrow(
      "history: validationLoss must have been measured, got no complete epoch. Pass { validation: data } to fit.",
    );
  });
});
