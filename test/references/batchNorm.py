"""Batch normalization with all of TensorFlow 1.15's options, in float64 -> batchNorm.json.

Written in PyTorch from the formulas of `tf.layers.batch_normalization` (the base of tf.keras' BatchNormalization, not
fused), with its layout: virtual batches are [virtual_batch_size, -1, ...] with statistics along axis 1, several axes keep
the rank of the input. PyTorch's autograd computes the gradients; TensorFlow's stop_gradient is detach here. Each case is
a trace of some steps; inputs are exact in float32. Names of options are those of this library.
"""

import numpy as np
import torch

from reference_json import write

torch.set_default_dtype(torch.float64)
random = np.random.RandomState(37)


def draw(*shape, scale=1.0):
    """Normal numbers, rounded to a multiple of 1/64."""
    return torch.tensor(np.round(random.standard_normal(shape) * scale * 64) / 64 + 0.0)


def pack(tensor):
    """Nine digits are enough to compare with a float32 run, and the inputs (multiples of 1/64) stay exact."""
    tensor = torch.as_tensor(tensor).detach()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") + 0.0 for value in tensor.reshape(-1).tolist()]}


def case(name, shape, axes, steps=3, renorm=None, renorm_momentum=None, virtual=None, adjust=None, momentum=None,
         variant="tensorflow1", epsilon=None, center=True, scale=True):
    """renorm: None or the clipping; adjust: None or a function of the input's shape that returns (scale, bias)."""
    pytorch = variant == "pytorch"
    epsilon_ = epsilon if epsilon is not None else 1e-5 if pytorch else 1e-3
    momentum_ = momentum if momentum is not None else 0.1 if pytorch else 0.99
    decay = 1 - momentum_ if pytorch else momentum_
    renorm_momentum_ = renorm_momentum if renorm_momentum is not None else 0.1 if pytorch else 0.99
    renorm_decay = 1 - renorm_momentum_ if pytorch else renorm_momentum_
    rank = len(shape)
    positive = sorted(axis % rank for axis in axes)
    along = [shape[axis] if axis in positive else 1 for axis in range(rank)]
    gamma = draw(*along, scale=0.5) + 1 if scale else torch.ones(along)
    beta = draw(*along) if center else torch.zeros(along)
    moving = {"moving_mean": torch.zeros(along), "moving_variance": torch.ones(along)}
    if renorm is not None:
        moving.update(moving_stddev=torch.ones(along), renorm_mean=torch.zeros(along), renorm_stddev=torch.ones(along))
    adjustment = adjust(shape) if adjust else None
    trace = []
    for step in range(steps):
        x, g, b = (t.clone().requires_grad_() for t in (draw(*shape, scale=1.5 + step) + 0.5 * step, gamma, beta))
        groups = shape[0] // virtual if virtual else 1
        inputs = x.reshape([virtual, groups] + list(shape[1:])) if virtual else x
        feature_axes = [axis + 1 for axis in positive] if virtual else positive
        reduced = [a for a in range(inputs.dim()) if a not in feature_axes and not (virtual and a == 1)]
        mean = inputs.mean(reduced, keepdim=True)
        variance = ((inputs - mean) ** 2).mean(reduced, keepdim=True)
        new_mean = mean.mean(1) if virtual else mean
        new_variance = variance.mean(1) if virtual else variance
        normalized = ((inputs - mean) / torch.sqrt(variance + epsilon_)).reshape(shape)
        deviation = torch.sqrt(new_variance + epsilon_).detach()
        if renorm is not None:
            floor = torch.clamp(moving["renorm_stddev"], min=epsilon_ ** 0.5)
            r = (deviation / floor).detach()
            d = ((new_mean - moving["renorm_mean"]) / floor).detach()
            if "rmin" in renorm:
                r = torch.clamp(r, min=renorm["rmin"])
            if "rmax" in renorm:
                r = torch.clamp(r, max=renorm["rmax"])
            if "dmax" in renorm:
                d = torch.clamp(d, -renorm["dmax"], renorm["dmax"])
            normalized = normalized * r + d
        if adjustment:
            normalized = normalized * adjustment[0] + adjustment[1]
        y = normalized * g + b
        cotangent = draw(*shape)
        y.backward(cotangent)
        count = x.numel() / mean.numel()
        new_mean, new_variance = new_mean.detach(), new_variance.detach()
        moved_variance = new_variance * (count / (count - 1)) if pytorch else new_variance

        def follow(name, value, decay):
            moving[name] = moving[name] - (moving[name] - value) * (1 - decay)

        follow("moving_mean", new_mean, decay)
        if renorm is None:
            follow("moving_variance", moved_variance, decay)
        else:
            follow("renorm_mean", new_mean, renorm_decay)
            follow("renorm_stddev", deviation, renorm_decay)
            follow("moving_stddev", torch.sqrt(moved_variance + epsilon_), decay)
            moving["moving_variance"] = torch.relu(moving["moving_stddev"] ** 2 - epsilon_)
        trace.append({
            "x": pack(x), "cotangent": pack(cotangent), "y": pack(y), "dx": pack(x.grad),
            "dgamma": pack(shaped(g.grad, along, positive)), "dbeta": pack(shaped(b.grad, along, positive)),
            "moving": {name: pack(shaped(value, along, positive)) for name, value in moving.items()},
        })
    probe = draw(3, *shape[1:])
    inference = (probe - moving["moving_mean"]) / torch.sqrt(moving["moving_variance"] + epsilon_) * gamma + beta
    options = {"axis": axes if len(axes) > 1 else axes[0], "variant": variant}
    if renorm is not None:
        options.update(renorm=True, renormClipping=renorm)
    for key, value in {"renormMomentum": renorm_momentum, "virtualBatchSize": virtual, "momentum": momentum,
                       "epsilon": epsilon}.items():
        if value is not None:
            options[key] = value
    if not center:
        options["center"] = False
    if not scale:
        options["scale"] = False
    result = {"name": name, "options": options, "gamma": pack(shaped(gamma, along, positive)),
              "beta": pack(shaped(beta, along, positive)), "steps": trace, "probe": pack(probe),
              "inference": pack(inference)}
    if adjustment:
        result["adjustment"] = [pack(value) for value in adjustment]
    return result


def shaped(value, along, positive):
    """The shape of the variables: [channels] for one axis, the rank of the input for several."""
    return value.reshape(-1) if len(positive) == 1 else value.reshape(along)


def per_channel(shape):
    return draw(shape[-1], scale=0.25) + 1, draw(shape[-1], scale=0.25)


def per_row(shape):
    return draw(shape[0], *[1] * (len(shape) - 1), scale=0.25) + 1, draw(*shape, scale=0.25)


CLIPPING = {"rmax": 1.5, "rmin": 0.5, "dmax": 0.25}

write("batchNorm.json", {"cases": [
    case("two axes, channels first and last", (3, 2, 4, 2), [1, 3]),
    case("two axes side by side", (3, 2, 3, 2), [1, 2]),
    case("two axes, counted from the end and out of order", (4, 3, 2), [-1, 1]),
    case("all axes but the rows", (5, 2, 2), [1, 2], momentum=0.5),
    case("every other axis", (2, 2, 2, 3, 2), [2, 4]),
    case("one axis in the middle", (3, 2, 3, 2), [2]),
    case("virtual batches", (6, 3), [-1], virtual=2),
    case("virtual batches as large as the batch", (4, 3), [-1], virtual=4),
    case("virtual batches, channels first", (4, 3, 2), [1], virtual=2, momentum=0.9),
    case("virtual batches, channels last", (6, 2, 3), [-1], virtual=3),
    case("virtual batches, two axes", (4, 2, 3, 2), [1, 3], virtual=2),
    case("virtual batches, unbiased", (6, 2), [-1], virtual=3, variant="pytorch"),
    case("renorm without bounds", (6, 3), [-1], 4, renorm={}),
    case("renorm within bounds", (6, 3), [-1], 4, renorm=CLIPPING, renorm_momentum=0.75, momentum=0.5),
    case("renorm, largest r only", (6, 2), [-1], renorm={"rmax": 1.25}, renorm_momentum=0.5),
    case("renorm, largest d only", (6, 2), [-1], renorm={"dmax": 0.0625}, renorm_momentum=0.5),
    case("renorm, channels first", (4, 3, 2), [1], renorm=CLIPPING, renorm_momentum=0.5),
    case("renorm, two axes", (3, 2, 4, 2), [1, 3], renorm=CLIPPING),
    case("renorm and virtual batches", (6, 3), [-1], renorm=CLIPPING, virtual=3, renorm_momentum=0.75),
    case("renorm without gamma", (5, 2), [-1], renorm={}, scale=False, momentum=0.5),
    case("renorm without beta", (5, 2), [-1], renorm={}, center=False, epsilon=0.125),
    case("renorm, unbiased", (5, 2), [-1], renorm=CLIPPING, variant="pytorch"),
    case("adjustment per channel", (5, 3), [-1], adjust=per_channel),
    case("adjustment per row and element", (4, 2, 3), [1], adjust=per_row),
    case("adjustment without gamma and beta", (5, 3), [-1], adjust=per_channel, scale=False, center=False),
    case("adjustment and renorm", (5, 3), [-1], adjust=per_channel, renorm=CLIPPING, renorm_momentum=0.5),
]})
