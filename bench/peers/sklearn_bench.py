"""scikit-learn: python3 sklearn_bench.py. Answers the same orders as worker.mjs, one line of JSON each."""

import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPRegressor

from serve import serve


def prepare(spec, tensors):
    """A step is `partial_fit` of one batch, which makes one update. Its loss is half the mean squared error."""
    sizes = spec["sizes"]
    batch = spec["batch"]
    x, y = tensors["x"], tensors["y"].ravel()
    model = MLPRegressor(
        hidden_layer_sizes=tuple(sizes[1:-1]),
        activation=spec["activation"],
        solver="sgd",
        alpha=0,
        batch_size=batch,
        # Half the loss has half the gradient.
        learning_rate_init=2 * spec["learningRate"],
        momentum=0,
        shuffle=False,
    )
    model.partial_fit(x[:batch], y[:batch])
    for index in range(1, len(sizes)):
        model.coefs_[index - 1][...] = tensors[f"layer{index}/kernel"]
        model.intercepts_[index - 1][...] = tensors[f"layer{index}/bias"]
    count = 0

    def train():
        nonlocal count
        start = count % spec["batches"] * batch
        count += 1
        model.partial_fit(x[start : start + batch], y[start : start + batch])
        return float(2 * model.loss_)

    return train


warnings.filterwarnings("ignore")
serve(
    prepare,
    lambda: {
        "library": "scikit-learn " + sklearn.__version__,
        "backend": "NumPy " + np.__version__,
        "threads": "1 thread",
    },
)
