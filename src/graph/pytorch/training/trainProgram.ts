import type { NetworkText } from "../network/networkText.ts";
import { indented } from "../network/pythonText.ts";
import type { OptimizerText } from "./optimizerText.ts";
import type { RateText } from "./scheduleText.ts";

/** The parts of train.py that depend on the run. */
export interface TrainingText {
  readonly network: NetworkText;
  readonly optimizer: OptimizerText;
  readonly rate: RateText;
  /** Statements that limit `gradients`. */
  readonly clip: readonly string[] | undefined;
  /** The losses of the elements. */
  readonly loss: string;
}

const head = `"""Trains the network of model.py from where gradus stopped. One process, several, several machines:

    python3 train.py --epochs 10
    torchrun --nproc_per_node=4 train.py --epochs 10
    torchrun --nnodes=2 --nproc_per_node=4 --rdzv_backend=c10d --rdzv_endpoint=HOST:29500 train.py --epochs 10

README.txt says more.
"""

import argparse
import csv
import math
import os
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from model import load_model

FOLDER = Path(__file__).resolve().parent`;

const makeOptimizer = (expression: string): string => `def make_optimizer(net):
    """The optimizer as it was when gradus stopped, and the number of steps that it has done."""
    named = [(name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad]
    parameters = [parameter for _, parameter in named]
    optimizer = ${expression}
    saved = optimizer.state_dict()
    with np.load(FOLDER / "weights.npz") as arrays:
        for index, (name, _) in enumerate(named):
            start = f"optimizer/{name}/"
            values = {key[len(start) :]: arrays[key] for key in arrays.files if key.startswith(start)}
            if values:
                saved["state"][index] = {
                    slot: value.item() if value.ndim == 0 else torch.from_numpy(value) for slot, value in values.items()
                }
        step = int(arrays["optimizer/step"])
    # PyTorch makes of whole numbers what this version of it counts with.
    for values in saved["state"].values():
        if "step" in values:
            values["step"] = int(values["step"])
    optimizer.load_state_dict(saved)
    return optimizer, step`;

const lossFunction = (loss: string): string => `def losses_of(outputs, targets):
    """The loss of each example."""
    losses = ${loss}
    return losses.flatten(1).mean(1) if losses.dim() > 1 else losses`;

/** The order of a step is that of gradus: loss and penalties, gradients, clip, update, constraints. */
const stepFunction = ({ network, clip }: TrainingText): string => {
  const { hasPenalties, hasActivity, hasConstraints } = network;
  const penalties = [
    // DistributedDataParallel takes the mean of the gradients of all processes.
    ...(hasPenalties ? ["penalty = penalty + module.penalties() / processes"] : []),
    ...(hasActivity ? ["penalty = penalty + module.activity / rows"] : []),
  ];
  const hasAny = penalties.length > 0;
  const body = [
    "processes = dist.get_world_size() if dist.is_initialized() else 1",
    ...(hasAny || hasConstraints ? ['module = getattr(net, "module", net)'] : []),
    "for group in optimizer.param_groups:",
    '    group["lr"] = learning_rate(step)',
    "optimizer.zero_grad()",
    "losses = losses_of(net(x), y)",
    "loss = (losses if weights is None else losses * weights).sum() / rows",
    ...(hasAny ? ["penalty = 0.0", ...penalties, "loss = loss + penalty"] : []),
    "# The gradients of the processes are averaged, their losses are parts of one sum.",
    "(loss * processes).backward()",
    "total = loss.detach()",
    "if processes > 1:",
    "    dist.all_reduce(total)",
    "if not math.isfinite(total.item()):",
    '    raise ValueError(f"train.py: the loss must be finite, got {total.item()} in step {step + 1}")',
    ...(clip
      ? [
          'gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]',
          ...clip,
        ]
      : []),
    "optimizer.step()",
    ...(hasConstraints ? ["module.constrain()"] : []),
    "return total.item()",
  ];
  return [
    "def train_step(net, optimizer, step, x, y, weights, rows):",
    '    """One update with this process\' part of a batch of `rows` examples. Returns the loss of the whole batch."""',
    ...indented(body, 1),
  ].join("\n");
};

const tail = `def load_data(file):
    """Inputs, targets, and the weights of the examples or None. Stored bytes become numbers with their scale."""
    if not file.exists():
        raise SystemExit(f"train.py: {file} must exist: numpy.savez(file, x=inputs, y=targets)")
    with np.load(file) as arrays:
        x, y = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"])
        weights = torch.from_numpy(arrays["weights"]).float() if "weights" in arrays.files else None
        scale = float(arrays["x_scale"]) if "x_scale" in arrays.files else 1.0
    return x, y, weights, scale


def batch_of(values, rows, device, scale=1.0):
    """Some rows of the data on the device."""
    if values is None:
        return None
    batch = values[rows].to(device)
    if batch.dtype == torch.uint8:
        return batch.float() * scale
    return batch.float() if batch.is_floating_point() else batch


def main():
    parser = argparse.ArgumentParser(description="Trains the network of model.py further.")
    parser.add_argument("--epochs", type=int, default=1, help="how often it goes over the data")
    parser.add_argument("--batch-size", type=int, default=50, help="examples of one update, in all processes together")
    parser.add_argument("--no-shuffle", action="store_true", help="take the examples in the order of the file")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the examples, and of dropout")
    parser.add_argument("--data", type=Path, default=FOLDER / "data.npz", help="the file of x and y")
    parser.add_argument("--checkpoint", type=Path, default=FOLDER / "checkpoint.pt", help="written after each epoch")
    parser.add_argument("--resume", action="store_true", help="begin with the checkpoint instead of weights.npz")
    parser.add_argument("--log", type=Path, help="a CSV file of the loss of each step")
    options = parser.parse_args()

    has_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if has_gpu else torch.device("cpu")
    if has_gpu:
        torch.cuda.set_device(device)
    if "RANK" in os.environ:
        dist.init_process_group("nccl" if has_gpu else "gloo")
    rank, processes = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    torch.manual_seed(options.seed + rank)
    train(options, device, rank, processes)
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def train(options, device, rank, processes):
    net = load_model()
    if device.type == "cuda" and processes > 1:
        net = synchronized(net)
    net.to(device)
    optimizer, step = make_optimizer(net)
    epoch = 0
    if options.resume:
        saved = torch.load(options.checkpoint, map_location=device)
        net.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        step, epoch = saved["step"], saved["epoch"]
    net.train()
    wrapped = net
    if processes > 1:
        wrapped = DistributedDataParallel(net, device_ids=[device.index] if device.type == "cuda" else None)

    x, y, weights, scale = load_data(options.data)
    losses = []
    while epoch < options.epochs:
        # The same in every process.
        order = torch.Generator().manual_seed(options.seed * 1_000_003 + epoch)
        rows = torch.arange(len(x)) if options.no_shuffle else torch.randperm(len(x), generator=order)
        total = 0.0
        count = 0
        for batch in rows.split(options.batch_size):
            if len(batch) < processes:
                print(f"epoch {epoch + 1}: leaves out {len(batch)} examples, fewer than processes", flush=True)
                continue
            mine = batch.tensor_split(processes)[rank]
            parts = batch_of(x, mine, device, scale), batch_of(y, mine, device), batch_of(weights, mine, device)
            loss = train_step(wrapped, optimizer, step, *parts, len(batch))
            step += 1
            total += loss * len(batch)
            count += len(batch)
            losses.append((step, repr(loss)))
        epoch += 1
        if rank == 0:
            print(f"epoch {epoch}: loss {total / max(count, 1):.6f}", flush=True)
            saved = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "epoch": epoch}
            # A reader sees the old checkpoint or the new one, never a part.
            temporary = options.checkpoint.with_suffix(".tmp")
            torch.save(saved, temporary)
            os.replace(temporary, options.checkpoint)
            if options.log:
                with options.log.open("w", newline="") as file:
                    csv.writer(file).writerows([("step", "loss"), *losses])


def synchronized(net):
    """Batch norms of PyTorch share their statistics between GPUs; those of model.py do so by themselves."""
    for name, child in net.named_children():
        plain = type(child) in (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)
        setattr(net, name, torch.nn.SyncBatchNorm.convert_sync_batchnorm(child) if plain else synchronized(child))
    return net


if __name__ == "__main__":
    main()`;

const rateFunction = ({ constant, rate, functions }: RateText): string => {
  const meaning = "from the number of steps that were done, 0 before the first";
  if (constant !== undefined)
    return `def learning_rate(step):\n    """The learning rate, ${meaning}."""\n    return ${constant}`;
  return [...functions, `# The learning rate, ${meaning}.\nlearning_rate = ${rate}`].join("\n\n\n");
};

/** The text of train.py. */
export const trainProgram = (training: TrainingText): string => {
  const { optimizer, rate, loss } = training;
  const parts = [
    head,
    ...optimizer.classes,
    rateFunction(rate),
    makeOptimizer(optimizer.expression),
    lossFunction(loss),
    stepFunction(training),
    tail,
  ];
  return `${parts.join("\n\n\n")}\n`;
};
