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


class Cnn(nn.Module):
    """[*, 8, 9, 2] -> [*, 3]."""

    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(2, 4, 3, stride=2, bias=False)
        self.batch_norm = BatchNorm(4, eps=0.001, momentum=1 - 0.9)
        self.depthwise_conv2d = nn.Conv2d(4, 8, 2, groups=4)
        self.conv2d_transpose = nn.ConvTranspose2d(8, 3, 3, stride=2)
        self.layer_norm = nn.LayerNorm(3, eps=0.001)
        self.class_ = nn.Linear(72, 3)

    def forward(self, x):
        x = x.permute(0, 3, 1, 2)  # channels first
        x = self.conv_1(F.pad(x, (1, 1, 0, 1)))
        x = self.batch_norm(x)
        x = F.max_pool2d(x, 3, stride=1, padding=1)
        x = F.relu(self.depthwise_conv2d(F.pad(x, (0, 1, 0, 1))))
        x = F.avg_pool2d(F.pad(x, (0, 1, 0, 0)), 2) / F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), (0, 1, 0, 0)), 2)
        x = self.conv2d_transpose(x)[:, :, 0:4, 0:6]
        x = x.permute(0, 2, 3, 1)  # channels last
        x = self.layer_norm(x)
        x = x.flatten(1)
        x = self.class_(x)
        return x


def load_model(file=Path(__file__).resolve().with_name("weights.npz")):
    """The network with its weights. The names in the file that begin with "optimizer/" are not weights."""
    net = Cnn()
    with np.load(file) as arrays:
        weights = {name: torch.from_numpy(arrays[name]) for name in arrays.files if not name.startswith("optimizer/")}
    net.load_state_dict(weights)
    return net
