"""Compares what savePyTorch writes with gradus, in PyTorch: outputs, twenty further steps, and runs in one and two processes.

It needs PyTorch and a checkout of gradus after "npm ci"; it writes nothing into the checkout. From this folder:

    OMP_NUM_THREADS=1 /usr/bin/python3 -B handover.py             # all runs of test/graph/pytorch/cases.ts
    OMP_NUM_THREADS=1 /usr/bin/python3 -B handover.py Adam nested  # some of them
"""

import csv
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS, STEPS = 1e-6, 1e-5


def difference(a, b):
    """The largest difference, relative to the size of the values where that is above 1."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    assert a.shape == b.shape, (a.shape, b.shape)
    return float((np.abs(a - b) / np.maximum(1, np.abs(b))).max()) if a.size else 0.0


def program(folder):
    """train.py of a folder, beside its model.py."""
    for name in ("model", "train"):
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("train")
    finally:
        sys.path.pop(0)


def compare(folder, isRandom, batchSize, examples, furtherSteps):
    """The differences of outputs, losses, weights and state of the optimizer."""
    train = program(folder)
    cpu = torch.device("cpu")
    x, y, weights, scale = train.load_data(folder / "data.npz")
    expected = np.load(folder / "expected.npz")
    net = train.load_model().eval()
    with torch.no_grad():
        outputs = difference(net(train.batch_of(x, slice(None), cpu, scale)).numpy(), expected["outputs"])
    if isRandom:
        return outputs, 0.0
    net.train()
    optimizer, step = train.make_optimizer(net)
    worst = 0.0
    for index in range(furtherSteps):
        start = index * batchSize % examples
        rows = slice(start, start + batchSize)
        batch = train.batch_of(x, rows, cpu, scale), train.batch_of(y, rows, cpu), train.batch_of(weights, rows, cpu)
        loss = train.train_step(net, optimizer, step + index, *batch, batchSize)
        worst = max(worst, difference(loss, expected["losses"][index]))
    after = np.load(folder / "after" / "weights.npz")
    assert int(after["optimizer/step"]) == step + furtherSteps
    state = {name: value.numpy() for name, value in net.state_dict().items() if "num_batches_tracked" not in name}
    names = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
    for name, values in zip(names, optimizer.state_dict()["state"].values()):
        for slot, value in values.items():
            if value is not None and f"optimizer/{name}/{slot}" in after.files:
                state[f"optimizer/{name}/{slot}"] = np.asarray(value)
    missing = set(after.files) - set(state) - {"optimizer/step"}
    assert not missing, missing
    return outputs, max(worst, *(difference(state[name], after[name]) for name in after.files if name in state))


def losses(folder, processes, epochs=4, resume=False):
    """The losses of train.py, as a user starts it."""
    log = folder / f"{processes}.csv"
    # PyTorch 1.13 does not find "no redirection" in Python 3.11.
    several = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", *"--redirects 1 --tee 1".split()]
    start = [sys.executable, *([] if processes == 1 else several)]
    options = ["--epochs", str(epochs), "--batch-size", "8", "--no-shuffle", "--log", str(log)]
    options += ["--resume"] if resume else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run([*start, str(folder / "train.py"), *options], env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr[-2000:]
    with log.open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def main():
    failures = []
    worst = {"outputs": 0.0, "steps": 0.0, "processes": 0.0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = str(ROOT / "test/graph/pytorch/writeCases.ts")
        subprocess.run(["npx", "tsx", "--conditions=gradus-source", script, name], cwd=ROOT, check=True)
        described = json.loads((folder / "cases.json").read_text())
        sizes = {key: described[key] for key in ("batchSize", "examples", "furtherSteps")}
        for index, case in enumerate(described["cases"]):
            if len(sys.argv) > 1 and case["name"] not in sys.argv[1:]:
                continue
            found = {}
            try:
                found["outputs"], found["steps"] = compare(folder / str(index), case["isRandom"], **sizes)
                if case["inProcesses"]:
                    one, two = losses(folder / str(index), 1), losses(folder / str(index), 2)
                    assert len(one) == sizes["furtherSteps"], len(one)
                    expected = np.load(folder / str(index) / "expected.npz")["losses"]
                    losses(folder / str(index), 1, epochs=2)
                    rest = losses(folder / str(index), 1, resume=True)
                    assert rest == one[-len(rest):] and len(rest) == 10, "a resumed run must give the losses of a whole one"
                    found["processes"] = max(difference(two, one), difference(one, expected))
            except Exception as error:
                failures.append(f"{case['name']}: {type(error).__name__}: {error}")
            limits = {"outputs": OUTPUTS, "steps": STEPS, "processes": STEPS}
            failures += [f"{case['name']}: {key} {value:.1e}" for key, value in found.items() if value > limits[key]]
            print(f"{case['name']:34}" + "  ".join(f"{key} {value:.1e}" for key, value in found.items()), flush=True)
            worst = {key: max(value, found.get(key, 0.0)) for key, value in worst.items()}
    print("largest differences:", ", ".join(f"{key} {value:.1e}" for key, value in worst.items()))
    for failure in failures:
        print("FAILED", failure)
    sys.exit(len(failures) > 0)


if __name__ == "__main__":
    main()
