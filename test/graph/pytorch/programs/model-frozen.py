"""A network that gradus trained, as a plain nn.Module. Images and sequences have their channels last, as in gradus."""

from pathlib import Path

import numpy as np
import torch
import torch.distributed.nn
import torch.nn.functional as F
from torch import nn


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalization of TensorFlow and Keras: the running variance follows the biased variance of the batch.

    The statistics are those of the whole batch, also where several processes share it.
    """

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims = [0, *range(2, x.dim())]
        shape = [1, -1] + [1] * (x.dim() - 2)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            total = torch.distributed.nn.all_reduce
            count = total(torch.tensor(float(x.numel() // x.shape[1]), device=x.device))
            mean = total(x.sum(dims)) / count
            variance = total((x - mean.view(shape)).square().sum(dims)) / count
        else:
            mean = x.mean(dims)
            variance = x.var(dims, unbiased=False)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        y = (x - mean.view(shape)) / (variance.view(shape) + self.eps).sqrt()
        if self.weight is not None:
            y = y * self.weight.view(shape)
        return y if self.bias is None else y + self.bias.view(shape)


class Sequential(nn.Module):
    """[*, 6] -> [*, 3]."""

    def __init__(self):
        super().__init__()
        self.hidden1 = nn.Linear(6, 5)
        self.batch_norm = BatchNorm(5, eps=0.001, momentum=1 - 0.99)
        self.outputs = nn.Linear(5, 3)
        self.hidden1.weight.requires_grad_(False)
        self.hidden1.bias.requires_grad_(False)
        self.batch_norm.weight.requires_grad_(False)
        self.batch_norm.bias.requires_grad_(False)

    def forward(self, x):
        x = F.relu(self.hidden1(x))
        x = self.batch_norm(x)
        x = self.outputs(x)
        return x

    def train(self, mode=True):
        """Frozen batch norms keep normalizing with their running statistics."""
        super().train(mode)
        self.batch_norm.eval()
        return self


def load_model(file=Path(__file__).resolve().with_name("weights.npz")):
    """The network with its weights. The names in the file that begin with "optimizer/" are not weights."""
    net = Sequential()
    with np.load(file) as arrays:
        weights = {name: torch.from_numpy(arrays[name]) for name in arrays.files if not name.startswith("optimizer/")}
    net.load_state_dict(weights)
    return net
