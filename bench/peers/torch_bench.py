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
    for index in range(1, len(sizes)):
        linear = nn.Linear(sizes[index - 1], sizes[index])
        with torch.no_grad():
            linear.weight.copy_(tensors[f"layer{index}/kernel"].T)
            linear.bias.copy_(tensors[f"layer{index}/bias"])
        layers.append(linear)
        if spec["batchNorm"]:
            layers.append(nn.BatchNorm1d(sizes[index], eps=1e-3, momentum=0.1))
        if index < len(sizes) - 1:
            layers.append(activations[spec["activation"]]())
    return nn.Sequential(*layers)


def prepare(spec, arrays):
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
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
