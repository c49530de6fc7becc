"""Layers, losses, activations, reductions and two small whole networks, in float64 -> layers.json.

PyTorch 1.13 computes the values and, by its autograd, the gradients. The inputs are exact in float32 (multiples of
1/64 for the most part), so that a float32 run begins with the same numbers. For operations that PyTorch does not have,
the formula is in a docstring here, with its source.
"""

import numpy as np
import torch
import torch.nn.functional as F

from reference_json import write

torch.set_default_dtype(torch.float64)
random = np.random.RandomState(23)


def draw(*shape, scale=1.0):
    """Normal numbers, rounded to a multiple of 1/64."""
    return torch.tensor(np.round(random.standard_normal(shape) * scale * 64) / 64 + 0.0)


def pack(tensor):
    tensor = torch.as_tensor(tensor).detach()
    return {"shape": list(tensor.shape), "data": tensor.reshape(-1).tolist()}


def leaf(tensor):
    return tensor.clone().requires_grad_()


# ---- batch norm -------------------------------------------------------------------------------------------------


def channels_second(x, axis):
    """Moves our `axis` to axis 1, which PyTorch normalizes (a tensor [batch, features] already has it there)."""
    return x.movedim(axis, 1)


def channels_back(x, axis):
    return x.movedim(1, axis)


def batch_norm_training(shape, axis, epsilon, name):
    channels = shape[axis]
    x, gamma, beta = leaf(draw(*shape, scale=2) + 1), leaf(draw(channels) + 1), leaf(draw(channels))
    y = channels_back(
        F.batch_norm(channels_second(x, axis), None, None, gamma, beta, training=True, eps=epsilon), axis)
    cotangent = draw(*shape)
    y.backward(cotangent)
    axes = [a for a in range(len(shape)) if a != axis % len(shape)]
    return {
        "name": name, "axis": axis, "epsilon": epsilon, "x": pack(x), "gamma": pack(gamma), "beta": pack(beta),
        "cotangent": pack(cotangent), "y": pack(y), "mean": pack(x.mean(axes)),
        "variance": pack(x.var(axes, unbiased=False)), "dx": pack(x.grad), "dgamma": pack(gamma.grad),
        "dbeta": pack(beta.grad),
    }


def batch_norm_inference(shape, axis, epsilon):
    channels = shape[axis]
    x, gamma, beta = leaf(draw(*shape, scale=2)), leaf(draw(channels) + 1), leaf(draw(channels))
    mean, variance = draw(channels), draw(channels).abs() + 0.25
    y = channels_back(
        F.batch_norm(channels_second(x, axis), mean, variance, gamma, beta, training=False, eps=epsilon), axis)
    cotangent = draw(*shape)
    y.backward(cotangent)
    return {
        "axis": axis, "epsilon": epsilon, "x": pack(x), "gamma": pack(gamma), "beta": pack(beta),
        "movingMean": pack(mean), "movingVariance": pack(variance), "cotangent": pack(cotangent), "y": pack(y),
        "dx": pack(x.grad), "dgamma": pack(gamma.grad), "dbeta": pack(beta.grad),
    }


def moving_statistics():
    """Three training steps on three batches, from mean 0 and variance 1. PyTorch: nn.BatchNorm1d itself.
    TensorFlow 1 (tf.layers.batch_normalization, rank 2, not fused) and Keras 3 (batch_normalization.py):
    moving = moving * momentum + batch * (1 - momentum), with the biased variance of the batch."""
    batches = [draw(5, 3, scale=2) + step for step in range(3)]
    mean, variance, first = torch.zeros(3), torch.ones(3), {"means": [], "variances": []}
    for batch in batches:
        mean = mean * 0.99 + batch.mean(0) * (1 - 0.99)
        variance = variance * 0.99 + batch.var(0, unbiased=False) * (1 - 0.99)
        first["means"].append(pack(mean))
        first["variances"].append(pack(variance))
    layer, second = torch.nn.BatchNorm1d(3), {"means": [], "variances": []}
    assert layer.momentum == 0.1 and layer.eps == 1e-5
    for batch in batches:
        y = layer(batch)
        second["means"].append(pack(layer.running_mean.clone()))
        second["variances"].append(pack(layer.running_var.clone()))
    layer.eval()
    probe = draw(2, 3)
    return {
        "batches": [pack(batch) for batch in batches],
        "probe": pack(probe),
        "traces": [
            {"variant": "tensorflow1", "momentum": 0.99, "epsilon": 1e-3, **first,
             "inference": pack((probe - mean) / torch.sqrt(variance + 1e-3))},
            {"variant": "keras", "momentum": 0.99, "epsilon": 1e-3, **first,
             "inference": pack((probe - mean) / torch.sqrt(variance + 1e-3))},
            {"variant": "pytorch", "momentum": 0.1, "epsilon": 1e-5, **second, "inference": pack(layer(probe))},
        ],
    }


BATCH_NORM = {
    "training": [
        batch_norm_training((5, 3), -1, 1e-3, "features"),
        batch_norm_training((6, 1), -1, 1e-5, "one feature"),
        batch_norm_training((2, 3, 3, 4), -1, 1e-3, "channels last"),
        batch_norm_training((2, 3, 2, 2), 1, 1e-3, "channels first"),
    ],
    "inference": [batch_norm_inference((3, 4), -1, 1e-3), batch_norm_inference((2, 3, 2), 1, 1e-5)],
    "moving": moving_statistics(),
}

# ---- losses -----------------------------------------------------------------------------------------------------


def softmax_cross_entropy(name, logits, labels):
    logits, labels = leaf(logits), torch.tensor(labels)
    losses = F.cross_entropy(logits, labels, reduction="none")
    losses.mean().backward()
    return {
        "name": name, "logits": pack(logits), "labels": labels.tolist(), "losses": pack(losses),
        "mean": losses.mean().item(), "dlogits": pack(logits.grad),
    }


def two_sided(name, loss, x, target, x_name, **extra):
    """The losses of the elements, their mean, and the mean's gradients in both arguments."""
    x, target = leaf(x), leaf(target)
    losses = loss(x, target)
    losses.mean().backward()
    return {
        "name": name, **extra, x_name: pack(x), "targets": pack(target), "losses": pack(losses),
        "mean": losses.mean().item(), f"d{x_name}": pack(x.grad), "dtargets": pack(target.grad),
    }


def binary(x, target):
    return F.binary_cross_entropy_with_logits(x, target, reduction="none")


extreme = torch.tensor([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 0.0], [1000.0, 1000.0, -1000.0],
                        [-1000.0, -1000.0, -1000.0], [0.0, -1000.0, 1000.0]])
predictions = torch.tensor([[0.0, 0.25, -0.5, 1.0], [-1.0, 3.5, -2.75, 0.015625], [0.5, 1.5, -8.0, 100.0]])
targets = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.0, 0.5, 1.25, -0.015625], [1.0, 1.0, -8.0, -100.0]])


def huber(delta):
    return lambda x, target: torch.nn.HuberLoss(reduction="none", delta=delta)(x, target)


LOSSES = {
    "softmaxCrossEntropy": [
        softmax_cross_entropy("ordinary", draw(6, 4, scale=2), [0, 3, 1, 2, 3, 0]),
        softmax_cross_entropy("two classes", draw(3, 2), [1, 0, 1]),
        softmax_cross_entropy("logits of 1000, likely labels", extreme, [0, 1, 1, 2, 2]),
        softmax_cross_entropy("logits of 1000, unlikely labels", extreme, [1, 0, 2, 0, 0]),
    ],
    "sigmoidCrossEntropy": [
        two_sided("ordinary", binary, draw(3, 4, scale=3), torch.tensor(
            [[0.0, 1.0, 1.0, 0.0], [0.25, 0.5, 0.75, 1.0], [1.0, 0.0, 0.0, 1.0]]), "logits"),
        two_sided("logits of 1000", binary, torch.tensor([1000.0, 1000.0, -1000.0, -1000.0, 1000.0, 40.0, -40.0]),
                  torch.tensor([1.0, 0.0, 1.0, 0.0, 0.5, 1.0, 0.0]), "logits"),
    ],
    "huber": [
        two_sided("delta 1", huber(1.0), predictions, targets, "predictions", delta=1.0),
        two_sided("delta 0.5", huber(0.5), predictions, targets, "predictions", delta=0.5),
    ],
    "meanSquaredError": [
        two_sided("ordinary", lambda x, t: F.mse_loss(x, t, reduction="none"), predictions, targets, "predictions"),
    ],
}

# ---- activations ------------------------------------------------------------------------------------------------

smooth = torch.tensor([-30.0, -10.0, -4.5, -3.0, -2.25, -1.5, -1.0, -0.5, -0.25, -0.015625, 0.0, 0.015625, 0.25, 0.5,
                       1.0, 1.5, 2.25, 3.0, 4.5, 10.0, 30.0])
kinked = smooth[smooth != 0]


def activation(name, function, x=smooth, **options):
    x = leaf(x)
    y = function(x)
    y.sum().backward()
    return {"name": name, "options": options, "x": x.tolist(), "y": y.tolist(), "dx": x.grad.tolist()}


ACTIVATIONS = [
    activation("gelu", lambda x: F.gelu(x, approximate="none"), approximate="none"),
    activation("gelu", lambda x: F.gelu(x, approximate="tanh"), approximate="tanh"),
    activation("selu", F.selu, kinked),
    activation("elu", F.elu, alpha=1.0),
    activation("elu", lambda x: F.elu(x, alpha=0.5), kinked, alpha=0.5),
    activation("silu", F.silu),
    # F.softplus turns into the identity above 20 by default, an error of 1e-9; logaddexp(x, 0) is the function itself.
    activation("softplus", lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    activation("leakyRelu", lambda x: F.leaky_relu(x, 0.01), kinked, slope=0.01),
    activation("leakyRelu", lambda x: F.leaky_relu(x, 0.2), kinked, slope=0.2),
    activation("relu", F.relu, kinked),
    activation("sigmoid", torch.sigmoid),
    activation("tanh", torch.tanh),
]

# ---- reductions and softmax -------------------------------------------------------------------------------------


def reduction(name, function, x, axes, keep=False):
    x = leaf(x)
    y = function(x, axes, keep)
    cotangent = draw(*y.shape)
    y.backward(cotangent)
    return {
        "name": name, "axes": axes, "keepDims": keep, "x": pack(x), "y": pack(y), "cotangent": pack(cotangent),
        "dx": pack(x.grad),
    }


def log_sum_exp(x, axes, keep):
    return torch.logsumexp(x, axes, keepdim=keep)


def variance(x, axes, keep):
    return torch.var(x, axes, unbiased=False, keepdim=keep)


def softmax(x, axes, keep):
    return torch.softmax(x, axes[0])


def log_softmax(x, axes, keep):
    return torch.log_softmax(x, axes[0])


large = torch.tensor([[1000.0, 999.0, -1000.0], [-1000.0, -1001.5, -999.0], [0.0, 1000.0, 1000.0]])
cube = draw(2, 3, 4, scale=2)
REDUCTIONS = [
    reduction("logSumExp", log_sum_exp, draw(3, 4), [1]),
    reduction("logSumExp", log_sum_exp, cube, [0, 2], keep=True),
    reduction("logSumExp", log_sum_exp, large, [1]),
    reduction("variance", variance, draw(3, 4) + 8, [0]),
    reduction("variance", variance, cube, [0, 2], keep=True),
    reduction("variance", variance, cube, [0, 1, 2]),
    reduction("softmax", softmax, draw(3, 4, scale=2), [-1]),
    reduction("softmax", softmax, cube, [1]),
    reduction("softmax", softmax, large, [-1]),
    reduction("logSoftmax", log_softmax, draw(3, 4, scale=2), [-1]),
    reduction("logSoftmax", log_softmax, cube, [1]),
    reduction("logSoftmax", log_softmax, large, [-1]),
]

# ---- whole networks ---------------------------------------------------------------------------------------------

SIZES = [6, 5, 4, 3]
DENSE = ["hidden1", "hidden2", "outputs"]
NORMS = ["bn1", "bn2", "bn3"]
LABELS = torch.tensor([0, 2, 1, 1, 0, 2, 2])
X = draw(7, 6)
WEIGHTS = {}
for i, dense in enumerate(DENSE):
    WEIGHTS[f"{dense}/kernel"] = draw(SIZES[i], SIZES[i + 1], scale=0.75)
    WEIGHTS[f"{dense}/bias"] = draw(SIZES[i + 1], scale=0.25)
for i, norm in enumerate(NORMS):
    WEIGHTS[f"{norm}/gamma"] = draw(SIZES[i + 1], scale=0.25) + 1
    WEIGHTS[f"{norm}/beta"] = draw(SIZES[i + 1], scale=0.25)


def gradients_of(loss, variables):
    return dict(zip(variables, torch.autograd.grad(loss, list(variables.values()))))


def relu_network():
    """dense - relu - dense - relu - dense, mean softmax cross entropy."""
    variables = {name: leaf(value) for name, value in WEIGHTS.items() if "bn" not in name}
    h = X
    for i, dense in enumerate(DENSE):
        h = h @ variables[f"{dense}/kernel"] + variables[f"{dense}/bias"]
        if i < 2:
            h = torch.relu(h)
    loss = F.cross_entropy(h, LABELS)
    return {
        "start": {name: pack(value) for name, value in variables.items()},
        "logits": pack(h), "loss": loss.item(),
        "gradients": {name: pack(g) for name, g in gradients_of(loss, variables).items()},
    }


def batch_norm_network():
    """dense - batch norm - elu, twice, then dense - batch norm; five steps of gradient descent on the one batch.
    The moving statistics have a momentum of 0.9 and use the biased variance of the batch (TensorFlow 1, Keras)."""
    rate, momentum, epsilon = 0.1, 0.9, 1e-3
    variables = {name: leaf(value) for name, value in WEIGHTS.items()}
    moving = {}
    for i, norm in enumerate(NORMS):
        moving[f"{norm}/moving_mean"] = torch.zeros(SIZES[i + 1])
        moving[f"{norm}/moving_variance"] = torch.ones(SIZES[i + 1])

    def run(training):
        h = X
        for i, (dense, norm) in enumerate(zip(DENSE, NORMS)):
            h = h @ variables[f"{dense}/kernel"] + variables[f"{dense}/bias"]
            mean_name, variance_name = f"{norm}/moving_mean", f"{norm}/moving_variance"
            if training:
                for name, batch in ((mean_name, h.mean(0)), (variance_name, h.var(0, unbiased=False))):
                    moving[name] = (moving[name] * momentum + batch * (1 - momentum)).detach()
            statistics = (None, None) if training else (moving[mean_name], moving[variance_name])
            h = F.batch_norm(h, *statistics, variables[f"{norm}/gamma"], variables[f"{norm}/beta"],
                             training=training, eps=epsilon)
            if i < 2:
                h = F.elu(h)
        return h

    losses, first = [], None
    for _ in range(5):
        loss = F.cross_entropy(run(True), LABELS)
        gradients = gradients_of(loss, variables)
        losses.append(loss.item())
        first = first or gradients
        with torch.no_grad():
            for name, variable in variables.items():
                variable -= rate * gradients[name]
    return {
        "learningRate": rate, "momentum": momentum, "epsilon": epsilon,
        "start": {name: pack(value) for name, value in WEIGHTS.items()},
        "losses": losses,
        "gradients": {name: pack(g) for name, g in first.items()},
        "final": {name: pack(value) for name, value in {**variables, **moving}.items()},
        "inference": pack(run(False)),
    }


NETWORKS = {"x": pack(X), "labels": LABELS.tolist(), "relu": relu_network(), "batchNorm": batch_norm_network()}

# ---- checks by formulas in numpy --------------------------------------------------------------------------------

for case in BATCH_NORM["training"]:
    x = np.array(case["x"]["data"]).reshape(case["x"]["shape"])
    axes = tuple(a for a in range(x.ndim) if a != case["axis"] % x.ndim)
    shape = [1] * x.ndim
    shape[case["axis"]] = -1
    y = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + case["epsilon"])
    y = y * np.reshape(case["gamma"]["data"], shape) + np.reshape(case["beta"]["data"], shape)
    assert np.allclose(y.reshape(-1), case["y"]["data"], rtol=1e-12, atol=1e-13), case["name"]
for case in LOSSES["softmaxCrossEntropy"]:
    z = np.array(case["logits"]["data"]).reshape(case["logits"]["shape"])
    top = z.max(1, keepdims=True)
    losses = top[:, 0] + np.log(np.exp(z - top).sum(1)) - z[np.arange(len(z)), case["labels"]]
    assert np.allclose(losses, case["losses"]["data"], rtol=1e-13, atol=1e-13), case["name"]

write("layers.json", {
    "batchNorm": BATCH_NORM, "losses": LOSSES, "activations": ACTIVATIONS, "reductions": REDUCTIONS,
    "networks": NETWORKS,
})
