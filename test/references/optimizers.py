"""20-step traces of every optimizer, in float64 -> optimizers.json.

The gradients are a fixed list, so that a trace depends only on the update rule. They and the start values are exact in
float32, so that a float32 run begins with the same numbers.

Where the formulas come from:
- variant "pytorch": torch.optim of PyTorch 1.13 itself takes the steps, without a formula here (except NAdam: see there).
- variant "tensorflow1": TensorFlow 1.15, tensorflow/core/kernels/training_ops.cc (ApplyGradientDescent,
  ApplyMomentum, ApplyAdagrad, ApplyRMSProp, ApplyCenteredRMSProp, ApplyAdam); the defaults and the start values of
  the slots from tensorflow/python/training/{adagrad,rmsprop,adam}.py.
- variant "keras": Keras 3, keras/src/optimizers/{sgd,adagrad,rmsprop,adam,adamw,adadelta,adamax,nadam}.py; decoupled weight decay from
  _apply_weight_decay in base_optimizer.py.
- variant "paper": not from a library; the function names the paper.
Only PyTorch is needed: each step function below is written from the file that it names.
"""

import math

import numpy as np
import torch

from reference_json import write

STEPS = 20
SHAPES = {"w": (5, 1), "b": (1,)}
START = {"w": [0.5, -1.25, 2.0, 0.0, -0.75], "b": [1.0]}


def gradients():
    """Each element has another kind of gradient, so that a wrong epsilon, slot or order changes a trace."""
    random = np.random.RandomState(11)

    def regular():
        return float(random.randint(-192, 193)) / 64

    w, b = [], []
    for t in range(STEPS):
        w.append([
            regular() * 2.0 ** random.randint(-3, 6),  # an ordinary gradient, of any magnitude
            0.0,  # always 0
            0.0 if t < 5 else 0.5,  # 0 at first, then constant (the centered variance shrinks)
            float(random.randint(1, 16)) * 2.0**-28,  # about the size of the epsilons
            0.0 if t % 4 == 3 else (-1.0) ** t * 0.75,  # alternating, with zeros
        ])
        b.append([2.0 ** (t - 16) * (1 if t % 3 else -1)])  # growing over six decades
    return {"w": w, "b": b}


GRADIENTS = gradients()


# Each function takes one step, and returns the new weight. w: weight; s: slots (a dict per variable, empty before the first
# step); g: gradient; r: learning rate; o: hyperparameters; t: step, counted from 1.


def tensorflow1_sgd(w, s, g, r, o, t):
    """ApplyGradientDescent: var -= grad * lr"""
    return w - g * r


def tensorflow1_momentum(w, s, g, r, o, t):
    """ApplyMomentum: accum = accum * momentum + grad; var -= accum * lr"""
    s["accum"] = s.get("accum", np.zeros_like(w)) * o["momentum"] + g
    return w - s["accum"] * r


def tensorflow1_nesterov(w, s, g, r, o, t):
    """ApplyMomentum, use_nesterov: accum as above; var -= grad * lr + accum * momentum * lr"""
    s["accum"] = s.get("accum", np.zeros_like(w)) * o["momentum"] + g
    return w - (g * r + s["accum"] * o["momentum"] * r)


def tensorflow1_adagrad(w, s, g, r, o, t):
    """ApplyAdagrad: accum += grad^2; var -= grad * lr / sqrt(accum); no epsilon"""
    s["accum"] = s.get("accum", np.full_like(w, o["initialAccumulator"])) + g**2
    return w - g * r / np.sqrt(s["accum"])


def tensorflow1_rmsprop(w, s, g, r, o, t):
    """ApplyRMSProp and ApplyCenteredRMSProp; the slot "rms" starts at one, "mg" and "momentum" at zero:
    ms += (grad^2 - ms) * (1 - rho); [mg += (grad - mg) * (1 - rho); ms - mg^2 instead of ms]
    mom = mom * momentum + grad * lr / sqrt(ms + epsilon); var -= mom"""
    ms = s.get("ms", np.ones_like(w))
    s["ms"] = ms + (g**2 - ms) * (1 - o["decay"])
    square = s["ms"]
    if o["centered"]:
        mg = s.get("mg", np.zeros_like(w))
        s["mg"] = mg + (g - mg) * (1 - o["decay"])
        square = s["ms"] - s["mg"] ** 2
    s["mom"] = s.get("mom", np.zeros_like(w)) * o["momentum"] + g * r / np.sqrt(square + o["epsilon"])
    return w - s["mom"]


def largest(s, o):
    """ApplyAdamWithAmsgrad, keras adam.py with amsgrad: vhat = max(vhat, v) instead of v"""
    if not o["amsgrad"]:
        return s["v"]
    s["vhat"] = np.maximum(s.get("vhat", 0.0), s["v"])
    return s["vhat"]


def tensorflow1_adam(w, s, g, r, o, t):
    """ApplyAdam: alpha = lr * sqrt(1 - beta2^t) / (1 - beta1^t); m += (g - m) * (1 - beta1);
    v += (g^2 - v) * (1 - beta2); var -= m * alpha / (sqrt(v) + epsilon)"""
    m, v = s.get("m", np.zeros_like(w)), s.get("v", np.zeros_like(w))
    alpha = r * math.sqrt(1 - o["beta2"] ** t) / (1 - o["beta1"] ** t)
    s["m"] = m + (g - m) * (1 - o["beta1"])
    s["v"] = v + (g**2 - v) * (1 - o["beta2"])
    return w - s["m"] * alpha / (np.sqrt(largest(s, o)) + o["epsilon"])


def keras_sgd(w, s, g, r, o, t):
    """sgd.py without momentum: w = w - learning_rate * g"""
    return w - r * g


def keras_momentum(w, s, g, r, o, t):
    """sgd.py: velocity = momentum * velocity - learning_rate * g; w = w + velocity"""
    s["velocity"] = o["momentum"] * s.get("velocity", np.zeros_like(w)) - r * g
    return w + s["velocity"]


def keras_nesterov(w, s, g, r, o, t):
    """sgd.py, nesterov: velocity as above; w = w + momentum * velocity - learning_rate * g"""
    s["velocity"] = o["momentum"] * s.get("velocity", np.zeros_like(w)) - r * g
    return w + (o["momentum"] * s["velocity"] - r * g)


def keras_adagrad(w, s, g, r, o, t):
    """adagrad.py: accumulator += g^2; w -= lr * g / sqrt(accumulator + epsilon)"""
    s["accumulator"] = s.get("accumulator", np.full_like(w, o["initialAccumulator"])) + g**2
    return w - r * g / np.sqrt(s["accumulator"] + o["epsilon"])


def keras_rmsprop(w, s, g, r, o, t):
    """rmsprop.py: velocity = rho * velocity + (1 - rho) * g^2; [average = rho * average + (1 - rho) * g;
    denominator = velocity - average^2 + epsilon, else velocity + epsilon]; increment = lr * g / sqrt(denominator);
    with momentum: m = momentum * m + increment; w -= m; else w -= increment"""
    rho = o["decay"]
    s["velocity"] = rho * s.get("velocity", np.zeros_like(w)) + (1 - rho) * g**2
    denominator = s["velocity"] + o["epsilon"]
    if o["centered"]:
        s["average"] = rho * s.get("average", np.zeros_like(w)) + (1 - rho) * g
        denominator = s["velocity"] - s["average"] ** 2 + o["epsilon"]
    increment = r * g / np.sqrt(denominator)
    if o["momentum"] > 0:
        s["m"] = o["momentum"] * s.get("m", np.zeros_like(w)) + increment
        return w - s["m"]
    return w - increment


def keras_adam(w, s, g, r, o, t):
    """adam.py: the same as TensorFlow's ApplyAdam (epsilon is the paper's epsilon-hat); only the default differs"""
    alpha = r * math.sqrt(1 - o["beta2"] ** t) / (1 - o["beta1"] ** t)
    m, v = s.get("m", np.zeros_like(w)), s.get("v", np.zeros_like(w))
    s["m"] = m + (g - m) * (1 - o["beta1"])
    s["v"] = v + (g * g - v) * (1 - o["beta2"])
    return w - (s["m"] * alpha) / (np.sqrt(largest(s, o)) + o["epsilon"])


def keras_adamw(w, s, g, r, o, t):
    """base_optimizer.py, _apply_weight_decay, before the step: w = w - w * weight_decay * lr; then adam.py"""
    return keras_adam(w - w * o["weightDecay"] * r, s, g, r, o, t)


def adadelta(w, s, g, r, o, t):
    """tensorflow1 ApplyAdadelta: accum = accum * rho + grad^2 * (1 - rho);
    update = sqrt(accum_update + epsilon) / sqrt(accum + epsilon) * grad; var -= update * lr;
    accum_update = accum_update * rho + update^2 * (1 - rho). keras adadelta.py: the same, with delta = -update"""
    rho, zero = o["decay"], np.zeros_like(w)
    s["accum"] = s.get("accum", zero) * rho + g**2 * (1 - rho)
    update = np.sqrt(s.get("update", zero) + o["epsilon"]) / np.sqrt(s["accum"] + o["epsilon"]) * g
    s["update"] = s.get("update", zero) * rho + update**2 * (1 - rho)
    return w - update * r


def keras_adamax(w, s, g, r, o, t):
    """adamax.py: m += (g - m) * (1 - beta_1); u = max(beta_2 * u, abs(g)); w -= lr * m / ((1 - beta_1^t) * (u + epsilon))"""
    m = s.get("m", np.zeros_like(w))
    s["m"] = m + (g - m) * (1 - o["beta1"])
    s["u"] = np.maximum(o["beta2"] * s.get("u", np.zeros_like(w)), np.abs(g))
    return w - r * s["m"] / ((1 - o["beta1"] ** t) * (s["u"] + o["epsilon"]))


def nadam(w, s, g, r, o, t):
    """nadam.py: u_t = beta_1 * (1 - 0.5 * 0.96^t), u_product is their product up to t; m, v as in adam.py;
    m_hat = u_(t+1) * m / (1 - u_product * u_(t+1)) + (1 - u_t) * g / (1 - u_product); v_hat = v / (1 - beta_2^t);
    w -= m_hat * lr / (sqrt(v_hat) + epsilon). Keras does not have momentumDecay, which multiplies t here.
    PyTorch 2 torch/optim/nadam.py: the same. PyTorch 1.13 has u_t twice in the first product, against its documentation:
    the option "torch113", for a check below."""
    momentum = [o["beta1"] * (1 - 0.5 * 0.96 ** (n * o["momentumDecay"])) for n in (t, t + 1)]
    s["product"] = s.get("product", 1.0) * momentum[0]
    m, v = s.get("m", np.zeros_like(w)), s.get("v", np.zeros_like(w))
    s["m"] = m + (g - m) * (1 - o["beta1"])
    s["v"] = v + (g**2 - v) * (1 - o["beta2"])
    ahead = s["product"] * momentum[1] * (momentum[0] if o.get("torch113") else 1)
    m_hat = momentum[1] * s["m"] / (1 - ahead) + (1 - momentum[0]) * g / (1 - s["product"])
    return w - m_hat * r / (np.sqrt(s["v"] / (1 - o["beta2"] ** t)) + o["epsilon"])


def lion(w, s, g, r, o, t):
    """Chen et al. 2023, algorithm 2: c = beta1 * m + (1 - beta1) * g; w = w - lr * (sign(c) + lambda * w);
    m = beta2 * m + (1 - beta2) * g"""
    m = s.get("m", np.zeros_like(w))
    c = o["beta1"] * m + (1 - o["beta1"]) * g
    s["m"] = o["beta2"] * m + (1 - o["beta2"]) * g
    return w - r * (np.sign(c) + o["weightDecay"] * w)


FORMULAS = {
    ("tensorflow1", "Adadelta"): adadelta,
    ("keras", "Adadelta"): adadelta,
    ("keras", "Adamax"): keras_adamax,
    ("keras", "NAdam"): nadam,
    ("pytorch", "NAdam"): nadam,
    ("paper", "Lion"): lion,
    ("tensorflow1", "SGD"): tensorflow1_sgd,
    ("tensorflow1", "Momentum"): tensorflow1_momentum,
    ("tensorflow1", "Nesterov"): tensorflow1_nesterov,
    ("tensorflow1", "AdaGrad"): tensorflow1_adagrad,
    ("tensorflow1", "RMSProp"): tensorflow1_rmsprop,
    ("tensorflow1", "Adam"): tensorflow1_adam,
    ("keras", "SGD"): keras_sgd,
    ("keras", "Momentum"): keras_momentum,
    ("keras", "Nesterov"): keras_nesterov,
    ("keras", "AdaGrad"): keras_adagrad,
    ("keras", "RMSProp"): keras_rmsprop,
    ("keras", "Adam"): keras_adam,
    ("keras", "AdamW"): keras_adamw,
}

# The defaults of the libraries. A missing learning rate or momentum does not have a default there; every trace names it.
DEFAULTS = {
    ("tensorflow1", "AdaGrad"): {"initialAccumulator": 0.1},
    ("tensorflow1", "RMSProp"): {"decay": 0.9, "momentum": 0.0, "epsilon": 1e-10, "centered": False},
    ("tensorflow1", "Adam"): {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "amsgrad": False},
    ("keras", "AdaGrad"): {"learningRate": 0.001, "initialAccumulator": 0.1, "epsilon": 1e-7},
    ("keras", "RMSProp"): {
        "learningRate": 0.001, "decay": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False,
    },
    ("keras", "Adam"): {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "amsgrad": False},
    ("keras", "AdamW"): {
        "learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "weightDecay": 0.004,
        "amsgrad": False,
    },
    ("tensorflow1", "Adadelta"): {"learningRate": 0.001, "decay": 0.95, "epsilon": 1e-8},
    ("keras", "Adadelta"): {"learningRate": 0.001, "decay": 0.95, "epsilon": 1e-7},
    ("keras", "Adamax"): {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7},
    ("keras", "NAdam"): {
        "learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7, "momentumDecay": 1.0,
    },
    ("pytorch", "NAdam"): {
        "learningRate": 0.002, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentumDecay": 0.004,
    },
    ("paper", "Lion"): {"learningRate": 0.0001, "beta1": 0.9, "beta2": 0.99, "weightDecay": 0.0},
}


def run_formula(variant, optimizer, options, rates):
    step = FORMULAS[(variant, optimizer)]
    hyper = {**DEFAULTS.get((variant, optimizer), {}), **options}
    values = {}
    for name in START:
        w, slots, values[name] = np.array(START[name], dtype=np.float64), {}, []
        for t in range(1, STEPS + 1):
            w = step(w, slots, np.array(GRADIENTS[name][t - 1], dtype=np.float64), rates[t - 1], hyper, t)
            values[name].append(w.tolist())
    return hyper, values


TORCH = {
    "SGD": (torch.optim.SGD, {}, {"weightDecay": "weight_decay"}),
    "Momentum": (
        torch.optim.SGD, {}, {"momentum": "momentum", "dampening": "dampening", "weightDecay": "weight_decay"},
    ),
    "Nesterov": (torch.optim.SGD, {"nesterov": True}, {"momentum": "momentum", "weightDecay": "weight_decay"}),
    "AdaGrad": (
        torch.optim.Adagrad, {},
        {"learningRateDecay": "lr_decay", "initialAccumulator": "initial_accumulator_value", "epsilon": "eps"},
    ),
    "RMSProp": (
        torch.optim.RMSprop, {},
        {"decay": "alpha", "epsilon": "eps", "momentum": "momentum", "centered": "centered"},
    ),
    "Adam": (
        torch.optim.Adam, {},
        {"beta1": 0, "beta2": 1, "epsilon": "eps", "weightDecay": "weight_decay", "amsgrad": "amsgrad"},
    ),
    "AdamW": (
        torch.optim.AdamW, {},
        {"beta1": 0, "beta2": 1, "epsilon": "eps", "weightDecay": "weight_decay", "amsgrad": "amsgrad"},
    ),
    "Adadelta": (torch.optim.Adadelta, {}, {"decay": "rho", "epsilon": "eps"}),
    "Adamax": (torch.optim.Adamax, {}, {"beta1": 0, "beta2": 1, "epsilon": "eps"}),
    "NAdam": (torch.optim.NAdam, {}, {"beta1": 0, "beta2": 1, "epsilon": "eps", "momentumDecay": "momentum_decay"}),
}


def run_torch(optimizer, options, rates, clip_norm=None):
    """torch.optim takes the steps; a missing option keeps PyTorch's default, which is read back.
    clip_norm: clip_grad_norm_ of PyTorch limits the norm of all gradients before each step."""
    kind, arguments, names = TORCH[optimizer]
    arguments = dict(arguments)
    for ours, value in options.items():
        if ours == "learningRate":
            arguments["lr"] = value
        elif isinstance(names[ours], str):
            arguments[names[ours]] = value
        else:
            betas = list(arguments.get("betas", (0.9, 0.999)))
            betas[names[ours]] = value
            arguments["betas"] = tuple(betas)
    tensors = {
        name: torch.tensor(START[name], dtype=torch.float64).reshape(SHAPES[name]).requires_grad_()
        for name in START
    }
    steps = kind(list(tensors.values()), foreach=False, **arguments)
    group = steps.param_groups[0]
    hyper = {"learningRate": group["lr"]}
    for ours, theirs in names.items():
        hyper[ours] = group[theirs] if isinstance(theirs, str) else group["betas"][theirs]
    values = {name: [] for name in START}
    for t in range(STEPS):
        group["lr"] = rates[t]
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(GRADIENTS[name][t], dtype=torch.float64).reshape(SHAPES[name])
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(list(tensors.values()), clip_norm)
        steps.step()
        for name, tensor in tensors.items():
            values[name].append(tensor.detach().reshape(-1).tolist())
    return hyper, values


# A factor for each step: the rate falls, falls again, then rises.
CHANGING = [1.0] * 5 + [0.5] * 5 + [0.25] * 4 + [2.0] * 6

TRACES = []


def trace(name, optimizer, variant, options, default_rate=None, changing=False, clip_norm=None):
    first = options.get("learningRate", default_rate)
    rates = [first * factor for factor in CHANGING] if changing else [first] * STEPS
    if variant == "pytorch" and ("pytorch", optimizer) not in FORMULAS:
        hyper, values = run_torch(optimizer, options, rates, clip_norm)
    else:
        assert clip_norm is None
        hyper, values = run_formula(variant, optimizer, options, rates)
    assert hyper.get("learningRate", first) == first
    hyper["learningRate"] = first
    TRACES.append({
        "name": name, "optimizer": optimizer, "variant": variant, "options": options, "resolved": hyper,
        **({} if clip_norm is None else {"clipNorm": clip_norm}),
        "learningRates": rates, "values": values,
    })


VARIANTS = ("tensorflow1", "keras", "pytorch")
for variant in VARIANTS:
    trace(f"SGD {variant}", "SGD", variant, {"learningRate": 0.1}, changing=True)
for variant in VARIANTS:
    options = {"learningRate": 0.1, "momentum": 0.9}
    trace(f"Momentum {variant}, changing rate", "Momentum", variant, options, changing=True)
trace("Momentum pytorch, dampening", "Momentum", "pytorch",
      {"learningRate": 0.1, "momentum": 0.8, "dampening": 0.3}, changing=True)
for variant in VARIANTS:
    options = {"learningRate": 0.05, "momentum": 0.9}
    trace(f"Nesterov {variant}, changing rate", "Nesterov", variant, options, changing=True)

trace("AdaGrad tensorflow1, defaults", "AdaGrad", "tensorflow1", {"learningRate": 0.1})
trace("AdaGrad keras, defaults", "AdaGrad", "keras", {}, 0.001)
trace("AdaGrad pytorch, defaults", "AdaGrad", "pytorch", {}, 0.01)
trace("AdaGrad tensorflow1, initial accumulator", "AdaGrad", "tensorflow1",
      {"learningRate": 0.5, "initialAccumulator": 0.01}, changing=True)
trace("AdaGrad keras, initial accumulator and epsilon", "AdaGrad", "keras",
      {"learningRate": 0.5, "initialAccumulator": 0.0, "epsilon": 1e-3}, changing=True)
trace("AdaGrad pytorch, learning-rate decay", "AdaGrad", "pytorch",
      {"learningRate": 0.5, "learningRateDecay": 0.2, "initialAccumulator": 0.05, "epsilon": 1e-3}, changing=True)

for variant, rate in (("tensorflow1", None), ("keras", 0.001), ("pytorch", 0.01)):
    options = {} if rate else {"learningRate": 0.001}
    trace(f"RMSProp {variant}, defaults", "RMSProp", variant, options, rate)
for variant in VARIANTS:
    trace(f"RMSProp {variant}, momentum", "RMSProp", variant,
          {"learningRate": 0.01, "momentum": 0.9, "decay": 0.8, "epsilon": 1e-4}, changing=True)
for variant, rate in (("tensorflow1", None), ("keras", 0.001), ("pytorch", 0.01)):
    options = {"centered": True} if rate else {"learningRate": 0.001, "centered": True}
    trace(f"RMSProp {variant}, centered", "RMSProp", variant, options, rate)
for variant in VARIANTS:
    trace(f"RMSProp {variant}, centered, momentum", "RMSProp", variant,
          {"learningRate": 0.01, "momentum": 0.5, "decay": 0.95, "epsilon": 1e-3, "centered": True}, changing=True)

for variant in VARIANTS:
    trace(f"Adam {variant}, defaults", "Adam", variant, {}, 0.001)
for variant in VARIANTS:
    trace(f"Adam {variant}, options", "Adam", variant,
          {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}, changing=True)
for variant in ("keras", "pytorch"):
    trace(f"AdamW {variant}, defaults", "AdamW", variant, {}, 0.001)
for variant in ("keras", "pytorch"):
    trace(f"AdamW {variant}, options", "AdamW", variant,
          {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0.2}, changing=True)

for variant in VARIANTS:
    trace(f"Adam {variant}, amsgrad", "Adam", variant,
          {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.7, "epsilon": 1e-3, "amsgrad": True}, changing=True)
for variant in ("keras", "pytorch"):
    trace(f"AdamW {variant}, amsgrad", "AdamW", variant,
          {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.7, "epsilon": 1e-3, "weightDecay": 0.2, "amsgrad": True},
          changing=True)

for variant, rate in (("tensorflow1", 0.001), ("keras", 0.001), ("pytorch", 1.0)):
    trace(f"Adadelta {variant}, defaults", "Adadelta", variant, {}, rate)
    trace(f"Adadelta {variant}, options", "Adadelta", variant,
          {"learningRate": 0.5, "decay": 0.8, "epsilon": 1e-3}, changing=True)
for variant, rate in (("keras", 0.001), ("pytorch", 0.002)):
    trace(f"Adamax {variant}, defaults", "Adamax", variant, {}, rate)
    trace(f"Adamax {variant}, options", "Adamax", variant,
          {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.7, "epsilon": 1e-3}, changing=True)
    trace(f"NAdam {variant}, defaults", "NAdam", variant, {}, rate)
    trace(f"NAdam {variant}, options", "NAdam", variant,
          {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "momentumDecay": 0.02}, changing=True)
trace("Lion, defaults", "Lion", "paper", {}, 0.0001)
trace("Lion, options", "Lion", "paper",
      {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "weightDecay": 0.2}, changing=True)

# The weight decay that is a part of the gradient, with and without clipping before it. Adam has a large epsilon: with a small
# one the step of a weight near zero is about a sign, so that float32 leaves the trace of float64.
for optimizer, options in (
    ("SGD", {"learningRate": 0.1}),
    ("Momentum", {"learningRate": 0.05, "momentum": 0.9, "dampening": 0.3}),
    ("Nesterov", {"learningRate": 0.05, "momentum": 0.9}),
    ("Adam", {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.1}),
    ("Adam", {"learningRate": 0.05, "epsilon": 0.1, "amsgrad": True}),
):
    label = f"{optimizer} pytorch, weight decay" + (", amsgrad" if "amsgrad" in options else "")
    for clip_norm in (None, 0.5):
        trace(label + ("" if clip_norm is None else ", clipped"), optimizer, "pytorch", {**options, "weightDecay": 0.2},
              changing=True, clip_norm=clip_norm)


# Checks between traces from different sources: these must agree, or must differ.


def distance(first, second):
    """The largest difference of two traces, relative to the largest value."""
    traces = {row["name"]: row["values"] for row in TRACES}
    a = np.concatenate([np.array(traces[first][n]).reshape(-1) for n in START])
    b = np.concatenate([np.array(traces[second][n]).reshape(-1) for n in START])
    return float(np.max(np.abs(a - b)) / np.max(np.abs(b)))


assert distance("SGD tensorflow1", "SGD pytorch") < 1e-15
assert distance("SGD keras", "SGD pytorch") < 1e-15
assert distance("Momentum tensorflow1, changing rate", "Momentum pytorch, changing rate") < 1e-14
assert distance("Nesterov tensorflow1, changing rate", "Nesterov pytorch, changing rate") < 1e-14
assert distance("Momentum keras, changing rate", "Momentum pytorch, changing rate") > 1e-2
assert distance("Nesterov keras, changing rate", "Nesterov pytorch, changing rate") > 1e-2
assert distance("Adam tensorflow1, options", "Adam keras, options") < 1e-15
assert distance("Adadelta keras, options", "Adadelta pytorch, options") < 1e-14

# With the mistake of PyTorch 1.13 in the formula, and float64 for its product of momenta, both take the same steps.
torch.set_default_dtype(torch.float64)
for options in ({"learningRate": 0.002}, {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.95, "momentumDecay": 0.02}):
    rates = [options["learningRate"]] * STEPS
    hyper, theirs = run_torch("NAdam", options, rates)
    assert hyper == {**DEFAULTS[("pytorch", "NAdam")], **options}
    ours = run_formula("pytorch", "NAdam", {**options, "torch113": True}, rates)[1]
    assert all(np.allclose(ours[name], theirs[name], rtol=1e-12, atol=1e-15) for name in START)
torch.set_default_dtype(torch.float32)
assert distance("Adam pytorch, amsgrad", "AdamW pytorch, amsgrad") > 1e-2
assert distance("Adam tensorflow1, options", "Adam pytorch, options") > 1e-6


# With epsilon 0, and without a zero gradient to divide by, the rules of Keras and PyTorch are the same formula.
for optimizer, options in (
    ("AdaGrad", {"learningRate": 0.3, "initialAccumulator": 0.1, "epsilon": 0.0}),
    ("RMSProp", {"learningRate": 0.3, "decay": 0.9, "epsilon": 0.0, "momentum": 0.0, "centered": False}),
    ("Adam", {"learningRate": 0.3, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.0, "amsgrad": False}),
    ("AdamW", {"learningRate": 0.3, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.0, "weightDecay": 0.1, "amsgrad": True}),
    ("Adamax", {"learningRate": 0.3, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.0}),
):
    rates = [0.3] * STEPS
    with np.errstate(invalid="ignore"):
        ours = run_formula("keras", optimizer, options, rates)[1]
    theirs = run_torch(optimizer, options, rates)[1]
    for variable in START:
        a, b = np.array(ours[variable]), np.array(theirs[variable])
        seen = ~(np.isnan(a) | np.isnan(b))
        assert seen.mean() > 0.5 and np.allclose(a[seen], b[seen], rtol=1e-11, atol=1e-13), optimizer

# Centered RMSProp with momentum, a constant rate and epsilon 0: the rate is outside the buffer in PyTorch, inside in Keras.
options = {"learningRate": 0.3, "decay": 0.9, "epsilon": 0.0, "momentum": 0.5, "centered": True}
with np.errstate(invalid="ignore"):
    ours = run_formula("keras", "RMSProp", options, [0.3] * STEPS)[1]
theirs = run_torch("RMSProp", options, [0.3] * STEPS)[1]
a, b = np.array(ours["w"])[:, [0, 3, 4]], np.array(theirs["w"])[:, [0, 3, 4]]
assert np.allclose(a, b, rtol=1e-10), "centered RMSProp with momentum"


def flat(per_step):
    """[steps][elements] as one row-major list, of the shape [20, ...shape of the variable]."""
    return {name: [x for step in steps for x in step] for name, steps in per_step.items()}


write("optimizers.json", {
    "shapes": {name: list(shape) for name, shape in SHAPES.items()},
    "start": START,
    "gradients": flat(GRADIENTS),
    "traces": [{**row, "values": flat(row["values"])} for row in TRACES],
})
