"""Writes resize.json: images at other sizes by PyTorch 1.13, and by NumPy for areas that cover parts of pixels."""

import json
import math
import pathlib

import numpy as np
import torch


def area_weights(source, target):
    weights = np.zeros((target, source))
    for at in range(target):
        begin, end = at * source / target, (at + 1) * source / target
        for pixel in range(source):
            weights[at, pixel] = max(0, min(pixel + 1, end) - max(pixel, begin)) * target / source
    return weights


torch.manual_seed(1)
cases = []
for shape, size in [
    ((2, 4, 6, 3), (2, 3)),
    ((1, 3, 2, 2), (6, 4)),
    ((2, 5, 7, 1), (3, 4)),
    ((1, 3, 4, 2), (7, 9)),
    ((1, 8, 6, 1), (4, 9)),
]:
    images = torch.rand(shape, dtype=torch.float64).round(decimals=3)
    first = images.permute(0, 3, 1, 2)
    results = {
        "bilinear": torch.nn.functional.interpolate(first, size, mode="bilinear", align_corners=False),
        "nearest": torch.nn.functional.interpolate(first, size, mode="nearest-exact"),
    }
    results = {method: result.permute(0, 2, 3, 1).numpy() for method, result in results.items()}
    down, across = area_weights(shape[1], size[0]), area_weights(shape[2], size[1])
    results["area"] = np.einsum("ih,jw,rhwc->rijc", down, across, images.numpy())
    # PyTorch's areas are whole pixels: the same where the sizes divide each other.
    if all(max(a, b) % min(a, b) == 0 for a, b in zip(shape[1:3], size)):
        own = torch.nn.functional.interpolate(first, size, mode="area").permute(0, 2, 3, 1).numpy()
        assert np.allclose(own, results["area"])
    cases.append(
        {
            "shape": shape,
            "size": size,
            "images": images.flatten().tolist(),
            **{method: [round(float(value), 9) for value in result.flatten()] for method, result in results.items()},
        }
    )
text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text)
