"""A network that gradus trained, as a plain nn.Module. Images and sequences have their channels last, as in gradus."""

from pathlib import Path

import numpy as np
import torch
from torch import nn


class Norms(nn.Module):
    """[*, 3, 4] -> [*, 3]."""

    def __init__(self):
        super().__init__()
        self.batch_norm = nn.BatchNorm1d(3, eps=0.00001, momentum=0.3)
        self.batch_norm_1 = nn.BatchNorm1d(4, eps=0.01, momentum=0.1)
        self.batch_norm_1.register_parameter("bias", None)
        self.batch_norm_2 = nn.BatchNorm1d(4, eps=0.00001, momentum=0.1)
        self.batch_norm_2.register_parameter("weight", None)
        self.batch_norm_3 = nn.BatchNorm1d(12, eps=0.00001, momentum=0.1)
        self.dense = nn.Linear(12, 3)

    def forward(self, x):
        x = self.batch_norm(x)
        x = x.permute(0, 2, 1)  # channels first
        x = self.batch_norm_1(x)
        x = self.batch_norm_2(x)
        x = x.permute(0, 2, 1)  # channels last
        x = x.flatten(1)
        x = self.batch_norm_3(x)
        x = self.dense(x)
        return x


def load_model(file=Path(__file__).resolve().with_name("weights.npz")):
    """The network with its weights. The names in the file that begin with "optimizer/" are not weights."""
    net = Norms()
    with np.load(file) as arrays:
        weights = {name: torch.from_numpy(arrays[name]) for name in arrays.files if not name.startswith("optimizer/")}
    net.load_state_dict(weights)
    return net
