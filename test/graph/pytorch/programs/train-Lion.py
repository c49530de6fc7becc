FOLDER = Path(__file__).resolve().parent


class Lion(torch.optim.Optimizer):
    """Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2."""

    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["exp_avg"] = torch.zeros_like(parameter)
                direction = state["exp_avg"].lerp(parameter.grad, 1 - beta1).sign()
                parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(direction, alpha=-group["lr"])
                state["exp_avg"].lerp_(parameter.grad, 1 - beta2)


def learning_rate(step):
    """The learning rate, from the number of steps that were done, 0 before the first."""
    return 0.001


def make_optimizer(net):
    """The optimizer as it was when gradus stopped, and the number of steps that it has done."""
    named = [(name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad]
    parameters = [parameter for _, parameter in named]
    optimizer = Lion(parameters, lr=learning_rate(0), betas=(0.9, 0.99), weight_decay=0.1)
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
    return optimizer, step


def losses_of(outputs, targets):
    """The loss of each example."""
    losses = F.cross_entropy(outputs, targets if targets.is_floating_point() else targets.long(), reduction="none")
    return losses.flatten(1).mean(1) if losses.dim() > 1 else losses


def train_step(net, optimizer, step, x, y, weights, rows):
    """One update with this process' part of a batch of `rows` examples. Returns the loss of the whole batch."""
    processes = dist.get_world_size() if dist.is_initialized() else 1
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step)
    optimizer.zero_grad()
    losses = losses_of(net(x), y)
    loss = (losses if weights is None else losses * weights).sum() / rows
    # The gradients of the processes are averaged, their losses are parts of one sum.
    (loss * processes).backward()
    total = loss.detach()
    if processes > 1:
        dist.all_reduce(total)
    if not math.isfinite(total.item()):
        raise ValueError(f"train.py: the loss must be finite, got {total.item()} in step {step + 1}")
    optimizer.step()
    return total.item()
