import { Dense, fit, loadDigits, type ProgressHost, progressElement, Sequential, SGD, take } from "gradus";
import { expect, it } from "vitest";

const { train: digits } = await loadDigits();
const data = take(digits, { to: 100 });

/** As much of a page as is used. */
class Part {
  textContent = "";
  readonly name: string;
  readonly attributes = new Map<string, string>();
  children: Part[] = [];
  parent: Part | undefined;
  readonly ownerDocument = { createElement: (name: string): Part => new Part(name) };
  readonly texts: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  append(...children: Part[]): void {
    for (const child of children) child.parent = this;
    this.children.push(...children);
  }

  remove(): void {
    if (this.parent) this.parent.children = this.parent.children.filter((child) => child !== this);
  }
}

const train = (host: Part, more: object = {}) =>
  fit(new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 }), data, {
    optimizer: new SGD({ learningRate: 0.1 }),
    epochs: 2,
    batchSize: 20,
    callbacks: [progressElement(host as unknown as ProgressHost, { label: "digits" })],
    ...more,
  });

it("progressElement shows a named bar, the running numbers, and a line for each epoch that screen readers speak", async () => {
  const host = new Part("section");
  await train(host);
  const [group] = host.children;
  const [bar, numbers, line] = group.children;
  expect([bar.name, bar.attributes.get("aria-label"), bar.attributes.get("value")]).toEqual([
    "progress",
    "digits",
    "1",
  ]);
  expect(numbers.textContent).toBe("2 epochs done");
  expect(numbers.attributes.has("role")).toBe(false);
  expect(line.attributes.get("role")).toBe("status");
  expect(line.textContent).toMatch(/^epoch 2\/2 loss \d\.\d+ accuracy \d+\.\d\d % .*ms\/step$/);
});

it("progressElement shows why a run ended, and replaces its content in the next run", async () => {
  const host = new Part("section");
  const callback = progressElement(host as unknown as ProgressHost);
  const fails = {
    onStep: () => {
      throw new Error("<b>no</b>");
    },
  };
  await expect(train(host, { callbacks: [callback, fails] })).rejects.toThrow("no");
  expect(host.children[0].children[1].textContent).toBe("failed: <b>no</b>");
  const stops = { onStep: (run: { stop: (reason: string) => void }) => run.stop("enough") };
  await train(host, { callbacks: [callback, stops] });
  expect(host.children).toHaveLength(1);
  expect(host.children[0].children[1].textContent).toBe("stopped: enough");
});

it("progressElement throws for a value that is not an element", () => {
  expect(() => progressElement(undefined as never)).toThrow(
    "progressElement: the host must be a DOM element, got undefined.",
  );
});
