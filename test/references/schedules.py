"""Learning rates step by step, in float64 -> schedules.json.

`pytorch` is torch.optim.lr_scheduler itself, called as in a training loop. The other functions are numpy, from the
formulas in the sources of TensorFlow 1.15 (python/training/learning_rate_decay.py, python/keras/callbacks.py) and Keras 3
(optimizers/schedules/learning_rate_schedule.py). Names of options are those of this library.
"""

import warnings

import numpy as np
import torch
from torch.optim import lr_scheduler

from reference_json import write

torch.set_default_dtype(torch.float64)
warnings.simplefilter("ignore")


def exponential_decay(step, initial, decaySteps, decayRate, staircase=False):
    p = step / decaySteps
    return initial * np.power(decayRate, np.floor(p) if staircase else p)


def inverse_time_decay(step, initial, decaySteps, decayRate, staircase=False):
    p = step / decaySteps
    return initial / (1 + decayRate * (np.floor(p) if staircase else p))


def polynomial_decay(step, initial, decaySteps, end=0.0001, power=1.0, cycle=False):
    if cycle:
        decaySteps = decaySteps * (1.0 if step == 0 else np.ceil(step / decaySteps))
    else:
        step = min(step, decaySteps)
    return (initial - end) * np.power(1 - step / decaySteps, power) + end


def piecewise_constant(step, boundaries, values):
    """values[0] for step <= boundaries[0], values[i] for boundaries[i - 1] < step <= boundaries[i]"""
    return values[int(np.searchsorted(boundaries, step, side="left"))]


def cosine_decay(step, initial, decaySteps, alpha=0.0):
    step = min(step, decaySteps)
    return initial * ((1 - alpha) * 0.5 * (1 + np.cos(np.pi * step / decaySteps)) + alpha)


def cosine_decay_restarts(step, initial, firstDecaySteps, periodFactor=2.0, peakFactor=1.0, alpha=0.0):
    """t_mul is periodFactor, m_mul is peakFactor. At a restart the logarithm of the source may round to either side; 1e-9
    decides here that the restart belongs to the new period."""
    completed = step / firstDecaySteps
    if periodFactor == 1.0:
        restart = np.floor(completed)
        fraction = completed - restart
    else:
        restart = np.floor(np.log(1 - completed * (1 - periodFactor)) / np.log(periodFactor) + 1e-9)
        fraction = (completed - (1 - periodFactor**restart) / (1 - periodFactor)) / periodFactor**restart
    cosine = 0.5 * peakFactor**restart * (1 + np.cos(np.pi * fraction))
    return initial * ((1 - alpha) * cosine + alpha)


def keras_warm_up(step, warmup_target, warmup_steps, decay_steps):
    """Keras 3's CosineDecay with warm-up from 0: warmup_target * step / warmup_steps, then the cosine from there."""
    if step < warmup_steps:
        return warmup_target * step / warmup_steps
    return cosine_decay(step - warmup_steps, warmup_target, decay_steps)


def pytorch(rate, steps, make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler, rates = make(optimizer), []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    return rates


def case(schedule, function, options, steps, source="tensorflow"):
    return {"schedule": schedule, "source": source, "options": options, "steps": steps,
            "rates": [float(function(step, **options)) for step in steps]}


def torch_case(schedule, options, rates):
    return {"schedule": schedule, "source": "pytorch", "options": options, "steps": list(range(len(rates))),
            "rates": [float(rate) for rate in rates]}


EDGES = [0, 1, 2, 5, 9, 10, 11, 19, 20, 21, 30, 35, 100, 1000, 123456]
LINE = [0, 1, 3, 49, 50, 51, 99, 100, 101, 149, 150, 200, 201, 350, 1000, 700000]

cases = [
    case("exponentialDecay", exponential_decay, {"initial": 0.1, "decaySteps": 10, "decayRate": 0.96}, EDGES),
    case("exponentialDecay", exponential_decay,
         {"initial": 0.1, "decaySteps": 10, "decayRate": 0.5, "staircase": True}, EDGES[:13]),
    case("exponentialDecay", exponential_decay, {"initial": 0.001, "decaySteps": 2.5, "decayRate": 1.01}, EDGES[:13]),
    case("inverseTimeDecay", inverse_time_decay, {"initial": 0.1, "decaySteps": 10, "decayRate": 0.5}, EDGES),
    case("inverseTimeDecay", inverse_time_decay,
         {"initial": 0.1, "decaySteps": 10, "decayRate": 2, "staircase": True}, EDGES),
    case("polynomialDecay", polynomial_decay, {"initial": 0.1, "decaySteps": 100}, LINE),
    case("polynomialDecay", polynomial_decay, {"initial": 0.1, "decaySteps": 100, "end": 0.01, "power": 0.5}, LINE),
    case("polynomialDecay", polynomial_decay,
         {"initial": 0.1, "decaySteps": 50, "end": 0, "power": 2, "cycle": True}, LINE),
    case("piecewiseConstant", piecewise_constant,
         {"boundaries": [10, 20, 100], "values": [1.0, 0.5, 0.25, 0.125]}, EDGES),
    case("cosineDecay", cosine_decay, {"initial": 0.1, "decaySteps": 100}, LINE),
    case("cosineDecay", cosine_decay, {"initial": 0.1, "decaySteps": 150, "alpha": 0.25}, LINE),
    case("cosineDecayRestarts", cosine_decay_restarts, {"initial": 0.1, "firstDecaySteps": 50}, LINE),
    case("cosineDecayRestarts", cosine_decay_restarts,
         {"initial": 0.1, "firstDecaySteps": 50, "periodFactor": 1, "peakFactor": 0.5, "alpha": 0.125}, LINE[:-1]),
    case("cosineDecayRestarts", cosine_decay_restarts,
         {"initial": 0.1, "firstDecaySteps": 20, "periodFactor": 1.5, "peakFactor": 0.75}, LINE),
    torch_case("cosineDecayRestarts", {"initial": 0.5, "firstDecaySteps": 7, "periodFactor": 2},
               pytorch(0.5, 40, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2))),
    torch_case("exponentialDecay", {"initial": 0.5, "decaySteps": 1, "decayRate": 0.9},
               pytorch(0.5, 30, lambda o: lr_scheduler.ExponentialLR(o, 0.9))),
    torch_case("exponentialDecay", {"initial": 0.5, "decaySteps": 7, "decayRate": 0.3, "staircase": True},
               pytorch(0.5, 30, lambda o: lr_scheduler.StepLR(o, 7, 0.3))),
    torch_case("polynomialDecay", {"initial": 0.5, "decaySteps": 20, "end": 0, "power": 1.5},
               pytorch(0.5, 30, lambda o: lr_scheduler.PolynomialLR(o, 20, 1.5))),
    torch_case("cosineDecay", {"initial": 0.5, "decaySteps": 20, "alpha": 0.1},
               pytorch(0.5, 21, lambda o: lr_scheduler.CosineAnnealingLR(o, 20, eta_min=0.05))),
]
for options, extra in [
    ({"max": 0.1, "totalSteps": 40}, {}),
    ({"max": 0.1, "totalSteps": 33, "riseFraction": 0.45, "divisor": 10, "finalDivisor": 100, "anneal": "linear"},
     {"pct_start": 0.45, "div_factor": 10, "final_div_factor": 100, "anneal_strategy": "linear"}),
    ({"max": 1.5, "totalSteps": 50, "riseFraction": 0.25, "threePhase": True}, {"pct_start": 0.25, "three_phase": True}),
    ({"max": 0.1, "totalSteps": 20, "riseFraction": 0}, {"pct_start": 0.0}),
    ({"max": 0.1, "totalSteps": 20, "riseFraction": 1}, {"pct_start": 1.0}),
]:
    cases.append(torch_case("oneCycle", options, pytorch(1.0, options["totalSteps"], lambda o: lr_scheduler.OneCycleLR(
        o, max_lr=options["max"], total_steps=options["totalSteps"], cycle_momentum=False, **extra))))

WARM_UP = [
    {"source": "keras", "options": {"steps": 10}, "inner": {"initial": 0.1, "decaySteps": 40},
     "rates": [float(keras_warm_up(step, 0.1, 10, 40)) for step in range(60)]},
    {"source": "pytorch", "options": {"steps": 5, "startFactor": 0.25}, "inner": {"initial": 0.5, "decaySteps": 20},
     "rates": pytorch(0.5, 25, lambda o: lr_scheduler.SequentialLR(o, [
         lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=5), lr_scheduler.CosineAnnealingLR(o, 20)], [5]))},
]


def keras_plateau(rate, values, factor=0.1, patience=10, minDelta=1e-4, cooldown=0, minimum=0.0, rises=False):
    """tf.keras.callbacks.ReduceLROnPlateau.on_epoch_end, line for line; the rate after each epoch."""
    best, wait, cooling, rates = (-np.inf if rises else np.inf), 0, 0, []
    for value in values:
        if cooling > 0:
            cooling -= 1
            wait = 0
        if (value > best + minDelta) if rises else (value < best - minDelta):
            best, wait = value, 0
        elif cooling <= 0:
            wait += 1
            if wait >= patience and rate > minimum:
                rate = max(rate * factor, minimum)
                cooling, wait = cooldown, 0
        rates.append(rate)
    return rates


def pytorch_plateau(rate, values, factor=0.1, patience=10, minDelta=1e-4, cooldown=0, minimum=0.0, relative=True,
                    rises=False):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler, rates = lr_scheduler.ReduceLROnPlateau(
        optimizer, "max" if rises else "min", factor, patience, minDelta, "rel" if relative else "abs", cooldown,
        minimum, eps=0), []
    for value in values:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


FALLING = [4, 3, 2, 2, 2, 2.5, 1.5, 1.5, 1.49995, 1.4999, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]
RISING = [0.1, 0.5, 0.5, 0.5, 0.625, 0.625, 0.62505, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.8, 0.8, 0.7, 0.8, 0.9]
PLATEAU = []
for variant, function in (("keras", keras_plateau), ("tensorflow1", keras_plateau), ("pytorch", pytorch_plateau)):
    for options in (
        {"patience": 2, "factor": 0.5}, {"patience": 0, "factor": 0.5}, {"patience": 1, "factor": 0.1, "cooldown": 1},
        {"patience": 2, "factor": 0.5, "cooldown": 3}, {"patience": 1, "factor": 0.5, "minimum": 0.02},
        {"patience": 1, "factor": 0.5, "minDelta": 0.25},
    ):
        for rises, values in ((False, FALLING), (True, RISING)):
            PLATEAU.append({"variant": variant, "options": options, "rises": rises, "values": [float(v) for v in values],
                            "rates": [float(r) for r in function(0.1, values, rises=rises, **options)]})

write("schedules.json", {"cases": cases, "warmUp": WARM_UP, "plateau": PLATEAU})
