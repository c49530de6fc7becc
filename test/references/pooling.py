"""Pooling of PyTorch -> pooling.json: values, and gradients for a given dy.

Images are [rows, height, width, channels] in the file, and [rows, channels, height, width] in PyTorch. TensorFlow's padding
"same" is not PyTorch's: there x is padded by hand, with -inf for the maximum; a mean divides by the mean of ones.
"""

import numpy as np
import torch
import torch.nn.functional as F

from reference_json import write

torch.set_num_threads(1)
random = np.random.RandomState(7)


def tensor(value):
    return {"shape": list(value.shape), "data": [float(v) for v in value.reshape(-1)]}


def same(length, size, stride):
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def images(x):
    return x.permute(0, 3, 1, 2)


def case(kind, shape, size, stride, padding):
    """Distinct numbers, a multiple of 1/8, so that float32 holds them and sums are exact."""
    count = int(np.prod(shape))
    x = torch.tensor((random.permutation(count) - count // 2).reshape(shape) / 8, dtype=torch.float64, requires_grad=True)
    if padding == "same":
        (top, bottom), (left, right) = (same(shape[axis + 1], size[axis], stride[axis]) for axis in (0, 1))
    else:
        (top, bottom), (left, right) = padding
    around = (left, right, top, bottom)

    def mean(z):
        return F.avg_pool2d(F.pad(z, around), size, stride)

    if kind == "max":
        y = F.max_pool2d(F.pad(images(x), around, value=-np.inf), size, stride)
    elif kind == "countPadding":
        y = mean(images(x))
        if top == bottom and left == right and 2 * top <= size[0] and 2 * left <= size[1]:
            assert torch.equal(y, F.avg_pool2d(images(x), size, stride, (top, left)))
    else:
        y = mean(images(x)) / mean(torch.ones_like(images(x)))
    y = y.permute(0, 2, 3, 1)
    dy = torch.tensor(random.randint(-8, 9, size=tuple(y.shape)) / 4, dtype=torch.float64)
    (dx,) = torch.autograd.grad(y, x, dy)
    return {
        "kind": kind,
        "poolSize": list(size),
        "strides": list(stride),
        "padding": padding if padding == "same" else [list(pair) for pair in padding],
        "x": tensor(x.detach().numpy()),
        "y": tensor(y.detach().numpy()),
        "dy": tensor(dy.numpy()),
        "dx": tensor(dx.numpy()),
    }


NONE = ((0, 0), (0, 0))
WINDOWS = [
    ((2, 4, 4, 2), (2, 2), (2, 2), NONE),
    ((1, 5, 4, 3), (3, 2), (1, 1), NONE),
    ((1, 5, 5, 1), (3, 3), (2, 2), ((1, 1), (1, 1))),
    ((1, 6, 5, 5), (2, 2), (3, 4), NONE),
    ((1, 5, 4, 2), (2, 3), (2, 2), "same"),
    ((1, 1, 7, 4), (1, 3), (1, 2), "same"),
    ((1, 3, 4, 1), (1, 1), (1, 1), NONE),
    ((1, 3, 3, 2), (3, 3), (1, 1), ((2, 0), (0, 1))),
]

write("pooling.json", {"cases": [case(kind, *window) for window in WINDOWS for kind in ("max", "average", "countPadding")]})
