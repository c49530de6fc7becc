FOLDER = Path(__file__).resolve().parent


def cosine_decay(initial, decay_steps, alpha):
    def rate(step):
        return initial * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(step, decay_steps) / decay_steps)) + alpha)

    return rate


def linear_warm_up(schedule, steps, start_factor):
    def rate(step):
        if step >= steps:
            return schedule(step - steps)
        return schedule(0) * (start_factor + (1 - start_factor) * step / steps)

    return rate


# The learning rate, from the number of steps that were done, 0 before the first.
learning_rate = linear_warm_up(schedule=cosine_decay(initial=0.3, decay_steps=20, alpha=0), steps=10, start_factor=0.1)


def make_optimizer(net):
    """The optimizer as it was when gradus stopped, and the number of steps that it has done."""
    named = [(name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad]
    parameters = [parameter for _, parameter in named]
    optimizer = torch.optim.SGD(parameters, lr=learning_rate(0), weight_decay=0)
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
