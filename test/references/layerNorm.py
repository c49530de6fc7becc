"""Layer normalization in float64 -> layerNorm.json: `torch.nn.functional.layer_norm` and its autograd.

Inputs are exact in float32 (multiples of 1/64). Nine digits of the results are enough to compare with a float32 run.
"""

import numpy as np
import torch
import torch.nn.functional as F

from reference_json import write

torch.set_default_dtype(torch.float64)
random = np.random.RandomState(53)
assert torch.nn.LayerNorm(2).eps == 1e-5


def draw(*shape, scale=1.0):
    """Normal numbers, rounded to a multiple of 1/64."""
    return torch.tensor(np.round(random.standard_normal(shape) * scale * 64) / 64 + 0.0)


def pack(tensor):
    tensor = torch.as_tensor(tensor).detach()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") + 0.0 for value in tensor.reshape(-1).tolist()]}


def case(name, shape, axes, epsilon, offset=0.0, affine=True):
    """y, its gradients for a cotangent, and the gradients of sum(dx * direction): derivatives of second order."""
    row = shape[-axes:]
    x = (draw(*shape, scale=2) + offset).requires_grad_()
    gamma = (draw(*row, scale=0.5) + 1).requires_grad_()
    beta = draw(*row).requires_grad_()
    y = F.layer_norm(x, row, gamma if affine else None, beta if affine else None, epsilon)
    cotangent, direction = draw(*shape), draw(*shape)
    parameters = [x, gamma, beta] if affine else [x]
    gradients = torch.autograd.grad((y * cotangent).sum(), parameters, create_graph=True)
    second = torch.autograd.grad((gradients[0] * direction).sum(), [x])
    result = {"name": name, "axes": axes, "epsilon": epsilon, "x": pack(x), "cotangent": pack(cotangent),
              "direction": pack(direction), "y": pack(y), "dx": pack(gradients[0]), "second": pack(second[0])}
    if affine:
        result.update(gamma=pack(gamma), beta=pack(beta), dgamma=pack(gradients[1]), dbeta=pack(gradients[2]))
    return result


write("layerNorm.json", {"cases": [
    case("rows of five", (4, 5), 1, 1e-3),
    case("the epsilon of PyTorch", (3, 9), 1, 1e-5),
    case("rows far from zero", (3, 16), 1, 1e-3, offset=16384.0),
    case("two axes", (2, 3, 4), 2, 1e-3),
    case("the last of three axes", (2, 3, 4), 1, 1e-5),
    case("without gamma and beta", (3, 6), 1, 1e-3, affine=False),
]})
