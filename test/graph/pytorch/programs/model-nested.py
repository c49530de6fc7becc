"""A network that gradus trained, as a plain nn.Module. Images and sequences have their channels last, as in gradus."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def max_norm(weight, limit, dims):
    """The weight, scaled so that no norm along these dimensions is above the limit."""
    norms = torch.linalg.vector_norm(weight, dim=dims, keepdim=True)
    return weight * (limit / norms.clamp(min=limit))


class Inner(nn.Module):
    """[*, 6] -> [*, 6]."""

    def __init__(self):
        super().__init__()
        self.train_ = nn.Linear(6, 6)
        self.batch_norm = nn.BatchNorm1d(6, eps=0.00001, momentum=0.3)
        self.activity = 0.0

    def forward(self, x):
        x = F.elu(self.train_(x))
        self.activity = self.activity + 0.01 / 2 * x.square().sum()
        x = self.batch_norm(x)
        return x


class WideNet(nn.Module):
    """[*, 6] -> [*, 3]."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(6, 6)
        self.inner = Inner()
        self.outputs = nn.Linear(6, 3)
        self.activity = 0.0

    def forward(self, class_):
        self.activity = 0.0
        self.inner.activity = 0.0
        shared = self.shared(class_)
        inner = self.inner(shared)
        shared_1 = self.shared(inner)
        add = class_ + inner + shared_1
        outputs = self.outputs(add)
        self.activity = self.activity + 0.01 * outputs.abs().sum()
        self.activity = self.activity + self.inner.activity
        return outputs

    def penalties(self):
        """The penalties of the weights, a part of the loss."""
        penalty = 0.001 * self.shared.weight.abs().sum()
        return penalty

    @torch.no_grad()
    def constrain(self):
        """Applies the constraints of the weights, after each update."""
        self.outputs.weight.copy_(max_norm(self.outputs.weight, 1, (1,)))


def load_model(file=Path(__file__).resolve().with_name("weights.npz")):
    """The network with its weights. The names in the file that begin with "optimizer/" are not weights."""
    net = WideNet()
    with np.load(file) as arrays:
        weights = {name: torch.from_numpy(arrays[name]) for name in arrays.files if not name.startswith("optimizer/")}
    net.load_state_dict(weights)
    return net
