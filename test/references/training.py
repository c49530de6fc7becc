"""Twenty training steps of whole networks, by PyTorch in float64 -> training.json.

Weights have the shapes and the names of gradus, and images their channels last; the functions below bring them into PyTorch's order.
TensorFlow's padding "same" is done by hand. The start values have two decimals; a float32 run starts from the nearest numbers.
"""

import numpy as np
import torch
import torch.nn.functional as F

from reference_json import write

torch.set_default_dtype(torch.float64)
STEPS = 20
random = np.random.default_rng(15)


def draw(*shape, scale=1.0):
    return torch.tensor(np.round(random.uniform(-scale, scale, shape), 2))


def data(values, digits=8):
    return {"shape": list(values.shape), "data": [float(f"{v:.{digits}g}") for v in values.reshape(-1).tolist()]}


def same(length, size, stride):
    """TensorFlow: as many windows as the length divided by the stride, rounded up; the odd zero comes behind."""
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def padded(x, size, stride, value=0.0):
    """x: channels first."""
    return F.pad(x, (*same(x.shape[3], size, stride), *same(x.shape[2], size, stride)), value=value)


def cnn(w, x):
    x = x.permute(0, 3, 1, 2)
    x = torch.tanh(F.conv2d(x, w["conv1/kernel"].permute(3, 2, 0, 1), w["conv1/bias"]))
    x = F.max_pool2d(padded(x, 2, 1, float("-inf")), 2, 1)
    channels, kernel = x.shape[1], w["depthwise/depthwise_kernel"]
    kernel = kernel.permute(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
    x = F.elu(F.conv2d(padded(x, 2, 2), kernel, w["depthwise/bias"], 2, groups=channels))
    ones = torch.ones_like(x)
    x = F.avg_pool2d(padded(x, 2, 1), 2, 1) / F.avg_pool2d(padded(ones, 2, 1), 2, 1)
    # "same" with stride 2 and a kernel of 3: what a convolution with padding (0, 1) came from.
    height, width = 2 * x.shape[2], 2 * x.shape[3]
    x = F.conv_transpose2d(x, w["transpose/kernel"].permute(3, 2, 0, 1), w["transpose/bias"], 2)[:, :, :height, :width]
    x = F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], w["norm/gamma"], w["norm/beta"], 1e-3).permute(0, 3, 1, 2)
    x = F.silu(F.conv2d(padded(x, 3, 2), w["conv2/kernel"].permute(3, 2, 0, 1), w["conv2/bias"], 2))
    return x.permute(0, 2, 3, 1).flatten(1) @ w["outputs/kernel"] + w["outputs/bias"]


def normed(w, x):
    x = x @ w["hidden/kernel"] + w["hidden/bias"]
    x = torch.tanh(F.layer_norm(x, x.shape[1:], w["norm/gamma"], w["norm/beta"], 1e-3))
    return x @ w["outputs/kernel"] + w["outputs/bias"]


def embedded(w, x):
    return F.embedding(x, w["embedding/embeddings"]).mean(1) @ w["outputs/kernel"] + w["outputs/bias"]


def train(forward, start, x, y, loss, optimizer):
    weights = {name: value.clone().requires_grad_() for name, value in start.items()}
    stepper = optimizer(weights.values())
    losses = []
    for _ in range(STEPS):
        stepper.zero_grad()
        value = loss(forward(weights, x), y)
        value.backward()
        losses.append(float(f"{value.item():.9g}"))
        stepper.step()
    return {"losses": losses, "end": {name: data(value.detach()) for name, value in weights.items()}}


# With a rate of 0.1 the loss of the CNN jumps, and steps multiply the rounding of float32 by 1e5.
OPTIMIZERS = {
    "SGD": lambda weights: torch.optim.SGD(weights, lr=0.02),
    "Adam": lambda weights: torch.optim.Adam(weights, lr=0.01),
}


def network(forward, start, x, y, loss, optimizers):
    runs = {name: train(forward, start, x, y, loss, OPTIMIZERS[name]) for name in optimizers}
    return {"x": data(x), "y": data(y), "start": {name: data(value) for name, value in start.items()}, "runs": runs}


images = {
    "conv1/kernel": draw(3, 3, 2, 3, scale=0.4),
    "conv1/bias": draw(3, scale=0.2),
    "depthwise/depthwise_kernel": draw(2, 2, 3, 2),
    "depthwise/bias": draw(6, scale=0.2),
    "transpose/kernel": draw(3, 3, 2, 6, scale=0.4),
    "transpose/bias": draw(2, scale=0.2),
    "norm/gamma": 1 + draw(2, scale=0.2),
    "norm/beta": draw(2, scale=0.2),
    "conv2/kernel": draw(3, 3, 2, 3, scale=0.5),
    "conv2/bias": draw(3, scale=0.2),
    "outputs/kernel": draw(27, 3, scale=0.4),
    "outputs/bias": draw(3, scale=0.2),
}
rows = {
    "hidden/kernel": draw(4, 5),
    "hidden/bias": draw(5),
    "norm/gamma": 1 + draw(5, scale=0.3),
    "norm/beta": draw(5, scale=0.3),
    "outputs/kernel": draw(5, 1),
    "outputs/bias": draw(1),
}
tokens = {
    "embedding/embeddings": draw(7, 3),
    "outputs/kernel": draw(3, 2),
    "outputs/bias": draw(2),
}
# Some categories are in several rows, or twice in a row; number 5 is in none.
indices = torch.tensor([[0, 1, 1], [2, 0, 6], [3, 4, 0], [6, 6, 6]])

write(
    "training.json",
    {
        "cnn": network(cnn, images, draw(4, 7, 7, 2), torch.tensor([0, 2, 1, 2]), F.cross_entropy, ["SGD", "Adam"]),
        "normed": network(normed, rows, draw(6, 4), draw(6, 1), F.mse_loss, ["SGD"]),
        "embedded": network(embedded, tokens, indices, torch.tensor([0, 1, 1, 0]), F.cross_entropy, ["Adam"]),
    },
)
