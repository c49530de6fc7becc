"""PyTorch: python3 torch_bench.py THREADS. Answers the same orders as worker.mjs, one line of JSON each."""

import ctypes
import os
import sys

import torch
from torch import nn

from serve import serve

threads = int(sys.argv[1])
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)


def blas_core():
    """The kernels that OpenBLAS chose; torch itself does not report them."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "openblas" in line}
    for path in paths:
        library = ctypes.CDLL(path)
        if hasattr(library, "openblas_get_corename"):
            library.openblas_get_corename.restype = ctypes.c_char_p
            return "OpenBLAS " + library.openblas_get_corename().decode()
    return "OPENBLAS_CORETYPE=" + os.environ.get("OPENBLAS_CORETYPE", "unset")


def build(spec, tensors):
    activations = {"relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh}
    sizes = spec["sizes"]
    layers = []
    for index in range(1, len(spec["filters"]) + 1):
        kernel = tensors[f"convolution{index}/kernel"]
        convolution = nn.Conv2d(kernel.shape[2], kernel.shape[3], 3)
        with torch.no_grad():
            convolution.weight.copy_(kernel.permute(3, 2, 0, 1))
            convolution.bias.copy_(tensors[f"convolution{index}/bias"])
        layers += [convolution, activations[spec["activation"]](), nn.MaxPool2d(2)]
    if spec["filters"]:
        layers.append(nn.Flatten())
    for index in range(1, len(sizes)):
        linear = nn.Linear(sizes[index - 1], sizes[index])
        with torch.no_grad():
            kernel = tensors[f"layer{index}/kernel"]
            if index == 1 and spec["filters"]:
                kernel = channels_first(kernel, spec["filters"][-1])
            linear.weight.copy_(kernel.T)
            linear.bias.copy_(tensors[f"layer{index}/bias"])
        layers.append(linear)
        if spec["batchNorm"]:
            layers.append(nn.BatchNorm1d(sizes[index], eps=1e-3, momentum=0.1))
        if index < len(sizes) - 1:
            layers.append(activations[spec["activation"]]())
    return nn.Sequential(*layers)


def channels_first(kernel, channels):
    """The rows of a kernel in the order in which PyTorch flattens images: channel by channel."""
    return kernel.reshape(-1, channels, kernel.shape[1]).transpose(0, 1).reshape(kernel.shape)


def prepare(spec, arrays):
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    if spec["filters"]:
        tensors["x"] = tensors["x"].permute(0, 3, 1, 2).contiguous()
    model = build(spec, tensors)
    x = tensors["x"].split(spec["batch"])
    count = 0
    if spec["task"] == "predict":
        model.eval()

        def predict():
            with torch.inference_mode():
                return model(x[0]).numpy()

        return predict
    y = tensors["y"].long() if spec["loss"] == "softmax" else tensors["y"]
    y = y.split(spec["batch"])
    criterion = nn.CrossEntropyLoss() if spec["loss"] == "softmax" else nn.MSELoss()
    rate = spec["learningRate"]
    if spec["optimizer"] == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=rate, eps=1e-7)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    model.train()

    def train():
        nonlocal count
        index = count % len(x)
        count += 1
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(x[index]), y[index])
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def info():
    noun = "thread" if threads == 1 else "threads"
    return {"library": "PyTorch " + torch.__version__, "backend": blas_core(), "threads": f"{threads} {noun}"}


serve(prepare, info)
