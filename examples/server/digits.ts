import { Adam, type Callback, Dense, fit, loadDigits, Sequential } from "gradus";

/** Trains a small network on the built-in digits, whose pixels are numbers from 0 to 1. */
export const trainDigits = async (options: {
  readonly epochs: number;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}): Promise<Sequential> => {
  const { train, validation } = await loadDigits();
  const model = new Sequential({
    name: "digits",
    inputShape: [64],
    layers: [new Dense({ name: "hidden", units: 64, activation: "relu" }), new Dense({ name: "outputs", units: 10 })],
  });
  await fit(model, train, { optimizer: new Adam({ learningRate: 0.005 }), validation, ...options });
  return model;
};
