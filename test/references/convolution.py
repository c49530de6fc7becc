"""Convolutions with gradients, computed by PyTorch in float64 -> convolution.json.

Images are stored as [rows, height, width, channels] and kernels as [height, width, channels / groups, filters], as
TensorFlow does; they are transposed for PyTorch. "same" padding is TensorFlow's rule, by explicit zeros. The gradients
are those of sum(y * weights). For the transposed convolution kernels are [height, width, filters / groups, channels].
"""

import numpy as np
import torch

from reference_json import write

torch.set_default_dtype(torch.float64)
random = np.random.default_rng(14)


def draw(shape):
    return np.round(random.uniform(-1, 1, shape), 2)


def data(array):
    return {"shape": list(array.shape), "data": [float(f"{v:.12g}") for v in array.reshape(-1)]}


def margins(length, size, stride, dilation, padding, axis):
    if padding == "valid":
        return (0, 0)
    if padding == "same":
        total = max((-(-length // stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0)
        return (total // 2, total - total // 2)
    return tuple(padding[axis])


def case(function, x_shape, kernel_shape, **options):
    strides, dilation, padding, groups = (
        options.get("strides", [1, 1]),
        options.get("dilation", [1, 1]),
        options.get("padding", "valid"),
        options.get("groups", 1),
    )
    x, kernel = draw(x_shape), draw(kernel_shape)
    images = torch.tensor(x, requires_grad=True)
    weights = torch.tensor(kernel, requires_grad=True)
    channels_first = images.permute(0, 3, 1, 2)
    if function == "conv2dTranspose":
        extra = options.get("outputPadding", [0, 0])
        before = [padding[0][0], padding[1][0]] if padding != "valid" else [0, 0]
        # PyTorch: [in, out / groups, height, width].
        y = torch.nn.functional.conv_transpose2d(
            channels_first, weights.permute(3, 2, 0, 1), None, strides, before, extra, groups, dilation
        )
    else:
        used = weights
        if function == "depthwiseConv2d":
            height, width, depth, multiplier = kernel_shape
            used, groups = weights.reshape(height, width, 1, depth * multiplier), depth
        top, bottom = margins(x_shape[1], kernel_shape[0], strides[0], dilation[0], padding, 0)
        left, right = margins(x_shape[2], kernel_shape[1], strides[1], dilation[1], padding, 1)
        padded = torch.nn.functional.pad(channels_first, (left, right, top, bottom))
        y = torch.nn.functional.conv2d(padded, used.permute(3, 2, 0, 1), None, strides, 0, dilation, groups)
    y = y.permute(0, 2, 3, 1)
    dy = draw(tuple(y.shape))
    (y * torch.tensor(dy)).sum().backward()
    return {
        "function": function,
        "options": options,
        "x": data(x),
        "kernel": data(kernel),
        "weights": data(dy),
        "y": data(y.detach().numpy()),
        "dx": data(images.grad.numpy()),
        "dKernel": data(weights.grad.numpy()),
    }


def sequence(x_shape, kernel_shape, strides=1, dilation=1, padding="valid", groups=1):
    """A case of conv1d: an image of height 1."""
    wide = [[0, 0], padding] if isinstance(padding, list) else padding
    result = case(
        "conv2d",
        (x_shape[0], 1, *x_shape[1:]),
        (1, *kernel_shape),
        strides=[1, strides],
        dilation=[1, dilation],
        padding=wide,
        groups=groups,
    )
    for key, axis in [("x", 1), ("kernel", 0), ("weights", 1), ("y", 1), ("dx", 1), ("dKernel", 0)]:
        del result[key]["shape"][axis]
    options = {"strides": strides, "dilation": dilation, "padding": padding, "groups": groups}
    return {**result, "function": "conv1d", "options": options}


write(
    "convolution.json",
    [
        case("conv2d", (2, 4, 5, 2), (3, 2, 2, 3)),
        case("conv2d", (1, 6, 5, 2), (3, 2, 2, 3), strides=[2, 3], padding="same"),
        case("conv2d", (1, 6, 7, 2), (2, 3, 2, 2), dilation=[3, 2], padding=[[1, 2], [0, 3]]),
        case("conv2d", (1, 5, 5, 4), (3, 3, 2, 6), strides=[2, 2], padding="same", groups=2),
        case("depthwiseConv2d", (1, 4, 5, 3), (3, 3, 3, 1), padding="same"),
        case("depthwiseConv2d", (1, 5, 5, 2), (2, 3, 2, 2), strides=[2, 2]),
        sequence((2, 6, 2), (3, 2, 3), strides=2, padding="same"),
        sequence((1, 7, 4), (2, 2, 4), dilation=2, padding=[3, 1], groups=2),
        case("conv2dTranspose", (1, 3, 2, 3), (3, 2, 2, 3), strides=[2, 2]),
        case(
            "conv2dTranspose",
            (1, 3, 3, 2),
            (3, 3, 2, 2),
            strides=[2, 3],
            padding=[[1, 1], [1, 1]],
            outputPadding=[1, 2],
        ),
        case("conv2dTranspose", (1, 2, 3, 4), (2, 3, 1, 4), dilation=[2, 1], groups=2),
    ],
)
