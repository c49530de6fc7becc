"""Penalties, norm constraints and a small run under both, in float64 -> regularization.json.

Penalties: PyTorch computes the values and, by autograd, the gradients. l1_regularizer, l2_regularizer and
l1_l2_regularizer of TensorFlow 1 (tf.contrib.layers: scale * reduce_sum(abs(w)), scale * nn.l2_loss(w) with
l2_loss(t) = sum(t ** 2) / 2), L1, L2 and L1L2 of Keras (factor * sum(abs(x)), factor * sum(square(x))).

Constraints: numpy, from the formulas of tf.clip_by_norm (t * clip_norm / max(l2norm(t), clip_norm)), of Keras' MaxNorm
(w * clip(norms, 0, max) / (1e-7 + norms)), UnitNorm (w / (1e-7 + norms)) and NonNeg (w * (w >= 0)).
PyTorch's renorm checks the first (its axis is the one that is not reduced).
"""

import numpy as np
import torch

from reference_json import write

torch.set_default_dtype(torch.float64)
random = np.random.RandomState(41)


def draw(*shape, scale=1.0):
    """Normal numbers, rounded to a multiple of 1/64, so that they are exact in float32."""
    return np.round(random.standard_normal(shape) * scale * 64) / 64 + 0.0


def pack(values):
    values = np.asarray(values)
    return {"shape": list(values.shape), "data": values.reshape(-1).tolist()}


# ---- penalties --------------------------------------------------------------------------------------------------

FORMULAS = {
    "l1": lambda w, l1, l2, half: l1 * w.abs().sum(),
    "l2": lambda w, l1, l2, half: l2 * half * (w**2).sum(),
    "l1l2": lambda w, l1, l2, half: l1 * w.abs().sum() + l2 * half * (w**2).sum(),
}


def penalty(name, variant, l1, l2, weights):
    w = torch.tensor(weights, requires_grad=True)
    half = 1.0 if variant == "keras" else 0.5
    value = FORMULAS[name](w, l1, l2, half)
    value.backward()
    return {"name": name, "variant": variant, "l1": l1, "l2": l2, "weights": pack(weights),
            "value": value.item(), "gradient": pack(w.grad.numpy())}


def penalties():
    kernel, bias = draw(7, 5), draw(5)
    kernel[0, 0] = 0.0
    return [penalty(name, variant, 0.03, 0.05, weights)
            for name in FORMULAS for variant in ("tensorflow1", "keras", "pytorch") for weights in (kernel, bias)]


# ---- constraints ------------------------------------------------------------------------------------------------


def norms(w, axis):
    return np.sqrt(np.sum(w**2, axis=axis, keepdims=True))


def clip_by_norm(w, limit, axis):
    return w * limit / np.maximum(norms(w, axis), limit)


def keras_max_norm(w, limit, axis):
    length = norms(w, axis)
    return w * np.clip(length, 0, limit) / (1e-7 + length)


def constraints():
    kernel, wide = draw(6, 4), draw(3, 2, 4)
    result = []
    for weights, axis in [(kernel, 0), (kernel, 1), (kernel, [0, 1]), (wide, [0, 1]), (wide, 2)]:
        axes = tuple(axis) if isinstance(axis, list) else axis
        for variant, formula in [("tensorflow1", clip_by_norm), ("keras", keras_max_norm)]:
            result.append({"name": "maxNorm", "variant": variant, "norm": 1.5, "axis": axis,
                           "weights": pack(weights), "constrained": pack(formula(weights, 1.5, axes))})
        result.append({"name": "unitNorm", "axis": axis, "weights": pack(weights),
                       "constrained": pack(weights / (1e-7 + norms(weights, axes)))})
    for axis in (0, 1):
        renormed = torch.renorm(torch.tensor(kernel), 2, 1 - axis, 1.5).numpy()
        assert np.allclose(renormed, clip_by_norm(kernel, 1.5, axis), atol=1e-6), axis
    result.append({"name": "nonNegative", "weights": pack(kernel), "constrained": pack(kernel * (kernel >= 0))})
    return result


# ---- a run under penalties and a constraint ---------------------------------------------------------------------


def run():
    """Two layers, tanh between, mean squared error; TensorFlow's l2 on the first kernel, l1 on its bias, an activity
    penalty (l1 of the outputs of the first layer, divided by the rows), maxNorm along axis 1 after each update of SGD."""
    x, target = draw(6, 4), draw(6, 2)
    values = [draw(4, 3), draw(3, scale=0.5), draw(3, 2), np.zeros(2)]
    start = [pack(value) for value in values]
    losses = []
    for _ in range(8):
        w1, b1, w2, b2 = leaves = [torch.tensor(value, requires_grad=True) for value in values]
        hidden = torch.tanh(torch.tensor(x) @ w1 + b1)
        loss = ((hidden @ w2 + b2 - torch.tensor(target)) ** 2).mean()
        loss = loss + 0.1 * (w1**2).sum() / 2 + 0.05 * b1.abs().sum() + 0.02 * hidden.abs().sum() / x.shape[0]
        loss.backward()
        losses.append(loss.item())
        values = [value - 0.5 * leaf.grad.numpy() for value, leaf in zip(values, leaves)]
        values[0] = clip_by_norm(values[0], 1.0, 1)
    return {"x": pack(x), "target": pack(target), "start": start, "losses": losses, "end": [pack(v) for v in values]}


write("regularization.json", {"penalties": penalties(), "constraints": constraints(), "run": run()})
