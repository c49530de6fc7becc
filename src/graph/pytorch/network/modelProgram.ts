import { helperClasses } from "./helperClasses.ts";
import type { NetworkText } from "./networkText.ts";
import { constraintFunctions } from "./penaltyText.ts";

/** The text of model.py: the classes of the network, and a function that loads its weights. */
export const modelProgram = ({ classes, root, helpers }: NetworkText): string => {
  const text = classes.join("\n\n\n");
  const functions = Object.entries(constraintFunctions).filter(([name]) => new RegExp(`\\b${name}\\(`).test(text));
  const imports = [
    "from pathlib import Path",
    "",
    "import numpy as np",
    "import torch",
    ...(helpers.has("BatchNorm") ? ["import torch.distributed.nn"] : []),
    ...(text.includes("F.") ? ["import torch.nn.functional as F"] : []),
    "from torch import nn",
  ];
  const parts = [
    `"""A network that gradus trained, as a plain nn.Module. Images and sequences have their channels last, as in gradus."""\n`,
    imports.join("\n"),
    ...[...helpers].sort().map((name) => `\n\n${helperClasses[name]}`),
    ...functions.map(([, code]) => `\n\n${code}`),
    `\n\n${text}`,
    `\n\ndef load_model(file=Path(__file__).resolve().with_name("weights.npz")):
    """The network with its weights. The names in the file that begin with "optimizer/" are not weights."""
    net = ${root}()
    with np.load(file) as arrays:
        weights = {name: torch.from_numpy(arrays[name]) for name in arrays.files if not name.startswith("optimizer/")}
    net.load_state_dict(weights)
    return net`,
  ];
  return `${parts.join("\n")}\n`;
};
