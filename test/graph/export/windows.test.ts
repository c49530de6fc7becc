import * as gradus from "gradus";
import { encodeOnnx, loadOnnx } from "gradus/graph";
import { expect, it } from "vitest";
import { windowModel } from "./windowCases.ts";

const count = 80;

it(`convolutions and pooling of any windows predict the same bits in a file: ${count} of random options`, async () => {
  const kinds: Record<string, number> = {};
  for (let seed = 0; seed < count; seed++) {
    const { title, make } = windowModel(seed);
    let model: gradus.Layer;
    try {
      model = make();
    } catch (error) {
      expect(error, title).toBeInstanceOf(gradus.ShapeError);
      continue;
    }
    const net = await loadOnnx(encodeOnnx(model));
    const shape = [3, ...(net.inputs[0].shape.slice(1) as number[])];
    const x = gradus.randomNormal(shape, { random: new gradus.Random(seed) });
    const [kind] = title.split(" ");
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    expect([...net.call(x).data], title).toEqual([...model.call(x).data]);
  }
  for (const kind of ["averagePool2d", "conv2d", "conv2dTranspose", "maxPool2d"])
    expect(kinds[kind]).toBeGreaterThan(5);
});
