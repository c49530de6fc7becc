import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  Conv2D,
  type Dataset,
  Dense,
  DepthwiseConv2D,
  dataset,
  Flatten,
  fit,
  History,
  type Initializer,
  type Inspection,
  type Layer,
  MaxPooling2D,
  Reshape,
  randomUniform,
  relu,
  Sequential,
  SGD,
  tensor,
  zeros,
} from "../../../src/index.ts";
import { inspectActivations } from "../../../src/report/inspect/inspectActivations.ts";
import { inspectFilters } from "../../../src/report/inspect/inspectFilters.ts";
import { inspector } from "../../../src/report/inspect/inspector.ts";
import { renderReport } from "../../../src/report/renderReport.ts";

const bytesOf = (text: string): number[] => [...Buffer.from(text, "base64")];

/** Images of noise, 6 x 6, and labels. */
const images = (size: number, channels = 1): Dataset =>
  dataset({
    x: randomUniform([size, 6, 6, channels], { seed: 3 }),
    y: tensor(
      Array.from({ length: size }, (_, row) => row % 2),
      { dtype: "int32" },
    ),
    name: "noise",
  });

const network = (channels = 1): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [6, 6, channels],
    layers: [
      new Conv2D({ name: "conv1", filters: 20, kernelSize: 3, useBias: false }),
      new BatchNorm(),
      relu,
      new MaxPooling2D({ poolSize: 2 }),
      new Sequential({
        name: "inner",
        layers: [new Conv2D({ name: "conv2", filters: 4, kernelSize: 1, activation: "relu" })],
      }),
      new Flatten(),
      new Dense({ name: "outputs", units: 2 }),
    ],
    seed: 2,
  });

const trained = async (model: Layer, data: Dataset, options: Parameters<typeof inspector>[0] = {}): Promise<History> =>
  fit(model as Sequential, data, {
    optimizer: new SGD({ learningRate: 0.05 }),
    epochs: 2,
    batchSize: 10,
    callbacks: [inspector(options)],
  });

const built = (layer: Layer, inputShape: readonly number[]): Sequential =>
  new Sequential({ name: "m", inputShape, layers: [layer] });

describe("inspector of convolutional networks", () => {
  it("inspector records the filters of a first convolution after the first step and at the end", async () => {
    const model = network();
    const { inspections } = await trained(model, images(40));
    const seen = inspections.filter(({ filters }) => filters);
    expect(seen.map(({ step }) => step)).toEqual([1, 8]);
    const [first, last] = seen.map(({ filters = [] }) => filters[0]);
    expect(last).toMatchObject({ layer: "conv1", filters: 20, imageShape: [3, 3, 1] });
    expect(last.pictures).not.toEqual(first.pictures);
    const kernel = [...model.variable("conv1/kernel").read().data].map(Number);
    const largest = Math.max(...kernel.map(Math.abs));
    expect(last.largest).toBe(largest);
    expect(last.pictures).toHaveLength(20);
    const own = Array.from({ length: 9 }, (_, place) => kernel[place * 20 + 7]);
    expect(bytesOf(last.pictures[7])).toEqual(own.map((weight) => Math.round(128 + (127 * weight) / largest)));
  });

  it("inspector records feature maps of the first example after activations, also of nested models", async () => {
    const [model, data] = [network(), images(40)];
    const { inspections } = await trained(model, data, { featureMaps: 3 });
    const [example, ...others] = inspections.flatMap((inspection) => inspection.example ?? []);
    expect(others).toEqual([]);
    expect(example).toMatchObject({ data: "noise", row: 0, imageShape: [6, 6, 1] });
    expect(bytesOf(example.pixels ?? "")).toEqual(
      [...data.x.data.slice(0, 36)].map((x) => Math.round(255 * Number(x))),
    );
    expect(example.layers.map(({ layer, channels, imageShape }) => [layer, channels, imageShape])).toEqual([
      ["relu", 20, [4, 4, 1]],
      ["inner/conv2", 4, [2, 2, 1]],
    ]);
    const [{ maps, low, high }] = example.layers;
    expect(maps).toHaveLength(3);
    const output = [...model.upTo("relu").predict(data.x).data.slice(0, 320)].map(Number);
    expect([low, high]).toEqual([Math.min(...output), Math.max(...output)]);
    const own = Array.from({ length: 16 }, (_, place) => output[place * 20 + 2]);
    expect(bytesOf(maps[2])).toEqual(own.map((x) => Math.round((255 * (x - low)) / (high - low))));
  });

  it("inspector leaves feature maps out where they are not wanted, and where no layer outputs images", async () => {
    const without = await trained(network(), images(20), { featureMaps: 0 });
    expect(without.inspections.some(({ example }) => example)).toBe(false);
    const dense = new Sequential({ inputShape: [6, 6, 1], layers: [new Flatten(), new Dense({ units: 2 })], seed: 1 });
    const { inspections } = await trained(dense, images(20));
    expect(inspections.some(({ example, filters }) => example ?? filters)).toBe(false);
  });

  it("inspector records the maps of convolutions in a network without activations", async () => {
    const layers = [new Conv2D({ name: "conv", filters: 2, kernelSize: 3 }), new Flatten(), new Dense({ units: 2 })];
    const { inspections } = await trained(new Sequential({ inputShape: [6, 6, 1], layers, seed: 1 }), images(20));
    expect(inspections.at(-1)?.example?.layers.map(({ layer }) => layer)).toEqual(["conv"]);
  });

  it("inspector keeps filters and feature maps in the JSON of a history", async () => {
    const history = await trained(network(3), images(20, 3));
    const read = History.fromJSON(JSON.parse(JSON.stringify(history)));
    expect(read.inspections).toEqual(history.inspections);
    expect(read.inspections.at(-1)?.filters?.[0].imageShape).toEqual([3, 3, 3]);
    expect(read.inspections.at(-1)?.example?.imageShape).toEqual([6, 6, 3]);
  });

  it("inspector inspects fewer examples of a network with large outputs, unless sample says how many", async () => {
    const layers = [
      new Conv2D({
        name: "conv",
        filters: 2,
        kernelSize: 1,
        strides: 64,
        useBias: false,
        kernelInitializer: "ones",
        activation: "relu",
      }),
      new Flatten(),
      new Dense({ units: 2 }),
    ];
    // 128 x 128 x 1 pixels pass Reshape: 2^21 / 2^14 = 128 examples are the sample.
    const model = new Sequential({
      inputShape: [16384],
      layers: [new Reshape({ shape: [128, 128, 1] }), ...layers],
      seed: 1,
    });
    // The last rows are brighter, so that the mean tells which were seen.
    const x = tensor(
      Float32Array.from({ length: 200 * 16384 }, (_, index) => (index < 128 * 16384 ? 0 : 1)),
      { shape: [200, 16384] },
    );
    const data = dataset({ x, y: zeros([200], { dtype: "int32" }) });
    const meanOf = async (sample?: number): Promise<number | undefined> => {
      const options = { everySteps: 100, ...(sample === undefined ? {} : { sample }) };
      const { inspections } = await trained(model, data, options);
      return inspections[0].activations?.[0].mean;
    };
    expect(await meanOf()).toBe(0);
    expect(await meanOf(200)).not.toBe(0);
  }, 30_000);
});

describe("inspectActivations of images", () => {
  it("inspectActivations counts a filter as dead if it is flat at every place of every image", () => {
    // Filter 0 is always negative, filter 1 positive where the pixel is bright, filter 2 always positive.
    const layer = new Conv2D({
      filters: 3,
      kernelSize: 1,
      kernelInitializer: () => tensor([0, 1, 0], { shape: [1, 1, 1, 3] }),
      biasInitializer: () => tensor([-1, -0.5, 1]),
      activation: "relu",
    });
    const model = built(layer, [1, 2, 1]);
    const [seen] = inspectActivations(model, tensor([0, 1, 0, 0], { shape: [2, 1, 2, 1] }));
    expect(seen.dead).toBeCloseTo(1 / 3, 10);
    // 4 of filter 0, 3 of filter 1, of 12.
    expect(seen.saturated).toBeCloseTo(7 / 12, 10);
  });
});

describe("inspectFilters", () => {
  const from =
    (values: readonly number[]): Initializer =>
    (shape) =>
      tensor(values, { shape });

  it("inspectFilters reads the kernels of depthwise convolutions channel by channel", () => {
    const depthwiseInitializer = from([1, -1, 0.5, 0, 0, 0, 0, -0.5]);
    const model = built(
      new DepthwiseConv2D({ name: "d", kernelSize: [2, 1], depthMultiplier: 2, depthwiseInitializer }),
      [4, 4, 2],
    );
    const [{ filters, imageShape, pictures }] = inspectFilters(model);
    expect([filters, imageShape]).toEqual([4, [2, 1, 1]]);
    expect(pictures.map(bytesOf)).toEqual([
      [255, 128],
      [1, 128],
      [192, 128],
      [128, 65],
    ]);
  });

  it("inspectFilters leaves out kernels of other numbers of channels, of single points, and with NaN", () => {
    expect(inspectFilters(built(new Conv2D({ filters: 2, kernelSize: 3 }), [4, 4, 2]))).toEqual([]);
    expect(inspectFilters(built(new Conv2D({ filters: 2, kernelSize: 1 }), [4, 4, 1]))).toEqual([]);
    const kernelInitializer = from([0, Number.NaN, 1, 2]);
    expect(inspectFilters(built(new Conv2D({ filters: 1, kernelSize: 2, kernelInitializer }), [4, 4, 1]))).toEqual([]);
    const zerosOnly = built(new Conv2D({ filters: 1, kernelSize: 2, kernelInitializer: "zeros" }), [4, 4, 1]);
    expect(bytesOf(inspectFilters(zerosOnly)[0].pictures[0])).toEqual([128, 128, 128, 128]);
  });
});

describe("the filters of a report", () => {
  const filter = { layer: "conv1", filters: 20, imageShape: [1, 2, 1] as const, largest: 0.25, pictures: ["AP8="] };
  const maps = { layer: "conv1", channels: 1, imageShape: [1, 2, 1] as const, low: 0, high: 3, maps: ["AQI="] };
  const inspections: readonly Inspection[] = [
    { step: 1, epoch: 0.01, filters: [filter] },
    {
      step: 9,
      epoch: 3,
      filters: [{ ...filter, pictures: ["/wA="], largest: 0.5 }],
      example: { data: "digits", row: 0, pixels: "AP8=", imageShape: [1, 2, 1], layers: [maps] },
    },
  ];

  it("renderReport shows filters at the end and after the first step, and feature maps, with texts for readers who cannot see", () => {
    const page = renderReport(new History([], inspections));
    const section = page.split('<section id="filters"')[1].split("</section>")[0];
    expect([...section.matchAll(/aria-label="(.*?)"/g)].map(([, text]) => text)).toEqual([
      "conv1: the first 1 of 20 filters after 3 epochs",
      "conv1: the first 1 of 20 filters after the first step",
      "Row 0 of digits",
      "conv1: 1 channel, 1 x 2",
    ]);
    expect(section).toContain("±0.5000.");
    expect(section).toContain('width="2" height="1" data-channels="1" data-signed data-pixels="/wA="');
    expect(section).toContain('width="2" height="1" data-channels="1" data-pixels="AQI="');
  });

  it("renderReport escapes the names of layers and data, and has no such part for other networks", () => {
    const hostile = "<img src=x>";
    const [, last] = inspections;
    const page = renderReport(
      new History([], [{ ...last, filters: [{ ...filter, layer: hostile, pictures: [hostile] }] }]),
    );
    expect(page).not.toContain("<img");
    expect(renderReport(new History([], [{ step: 1, epoch: 1 }]))).not.toContain('id="filters"');
  });
});
