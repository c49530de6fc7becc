FOLDER = Path(__file__).resolve().parent


class NAdam(torch.optim.Optimizer):
    """Dozat 2016; torch.optim.NAdam computes another product of the momenta in PyTorch before 2.0."""

    def __init__(self, params, lr, betas, eps, momentum_decay):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "momentum_decay": momentum_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state.update(step=0, mu_product=1.0)
                    state.update(exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
                state["step"] += 1
                now, ahead = (
                    beta1 * (1 - 0.5 * 0.96 ** (count * group["momentum_decay"]))
                    for count in (state["step"], state["step"] + 1)
                )
                state["mu_product"] *= now
                state["exp_avg"].lerp_(parameter.grad, 1 - beta1)
                state["exp_avg_sq"].mul_(beta2).addcmul_(parameter.grad, parameter.grad, value=1 - beta2)
                denominator = (state["exp_avg_sq"] / (1 - beta2 ** state["step"])).sqrt() + group["eps"]
                rate = group["lr"] * (1 - now) / (1 - state["mu_product"])
                parameter.addcdiv_(parameter.grad, denominator, value=-rate)
                rate = group["lr"] * ahead / (1 - state["mu_product"] * ahead)
                parameter.addcdiv_(state["exp_avg"], denominator, value=-rate)


def learning_rate(step):
    """The learning rate, from the number of steps that were done, 0 before the first."""
    return 0.01


def make_optimizer(net):
    """The optimizer as it was when gradus stopped, and the number of steps that it has done."""
    named = [(name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad]
    parameters = [parameter for _, parameter in named]
    optimizer = NAdam(parameters, lr=learning_rate(0), betas=(0.9, 0.999), eps=1e-8, momentum_decay=0.004)
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
