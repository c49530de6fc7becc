import type { NetworkText } from "./network/networkText.ts";

/** The text of README.txt. */
export const torchReadme = (
  { parameters, root }: NetworkText,
  hasData: boolean,
): string => `A network and its training run, handed over from gradus to PyTorch (1.13 or later).

  model.py      the class ${root}, a plain nn.Module, and load_model(), which gives it its weights
  weights.npz   ${parameters.length} arrays by the names of the state dictionary; under optimizer/ the state of the optimizer
  train.py      continues the training where gradus stopped
  data.npz      ${hasData ? "the training data: x, y, and weights if examples have some" : 'is missing: numpy.savez("data.npz", x=inputs, y=targets) writes it'}

Predict:

  from model import load_model
  net = load_model().eval()
  net(x)

Train in one process, in four of one machine (or on its four GPUs), on two machines (HOST is the name of the first):

  python3 train.py --epochs 10 --batch-size 50
  torchrun --nproc_per_node=4 train.py --epochs 10 --batch-size 50
  torchrun --nnodes=2 --nproc_per_node=4 --rdzv_backend=c10d --rdzv_endpoint=HOST:29500 train.py --epochs 10 --batch-size 50

Where torchrun is not on the path, "python3 -m torch.distributed.run" is the same. (PyTorch 1.13 with Python 3.11, as in Debian 12,
needs "--redirects 1 --tee 1" behind it.) The folder must be on every machine.
train.py --help lists the options. A batch is divided among the processes: with the same batch size any number of them computes the
same losses, except for rounding and dropout. With GPUs the processes talk over nccl, else over gloo. Each epoch ends with a
checkpoint, from which --resume continues.

The same as in gradus: outputs, losses, penalties, clipping, constraints, the learning rate of each step, the optimizer's state,
frozen weights. Not the same: the random numbers, so the order of the examples and what dropout drops, and the last digits.
nn.BatchNorm (the variant "pytorch") shares its statistics between processes on GPUs only; on CPUs each process has its own.
`;
