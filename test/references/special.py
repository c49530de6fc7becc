"""Special functions, Threefry-2x32 and Adam's first step -> special.json.

- exp, log, tanh (numpy), erf and the inverse normal CDF (scipy.special) in float64. Every x is exact in float32
  unless `float64Only` says so, and every y is checked here against mpmath with 60 digits, to 4 units in the last
  place (and stored as mpmath's value, correctly rounded).
- Threefry-2x32, 20 rounds: from Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011),
  section 4, and checked against the vectors published with Random123 (kat_vectors).
- Adam's first step in exact decimal arithmetic: with m = v = 0 before it,
  epsilon-hat: w1 - w0 = -lr * sqrt(1 - beta2) / (1 - beta1) * (1 - beta1) g / (sqrt((1 - beta2) g^2) + epsilon)
  epsilon:     w1 - w0 = -lr * g / (|g| + epsilon)
"""

import decimal

import mpmath
import numpy as np
import scipy.special

from reference_json import write

mpmath.mp.dps = 60


def single(values):
    return sorted({float(np.float32(v)) for v in values})


def exact(function, x):
    return float(function(mpmath.mpf(x)))


def quantile(p):
    """Newton's method on the CDF, from scipy's value, in the smaller tail, so that nothing cancels."""
    if p > 0.5:
        return -quantile(1 - p)
    z = mpmath.mpf(float(scipy.special.ndtri(float(p))))
    for _ in range(6):
        cdf = mpmath.erfc(-z / mpmath.sqrt(2)) / 2
        z -= (cdf - p) / (mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi))
    return z


def table(name, library, truth, x, float64_only):
    rows = {"x": x, "float64Only": sorted(float64_only)}
    for key in ("x", "float64Only"):
        ours = [exact(truth, value) for value in rows[key]]
        theirs = [float(library(np.float64(value))) for value in rows[key]]
        for value, a, b in zip(rows[key], ours, theirs):
            # scipy's ndtri has a relative error of a few 1e-16; near p = 1/2 the value itself is near zero.
            room = 1e-15 if name == "inverseNormalCdf" else 0
            assert abs(a - b) <= max(4 * np.spacing(abs(a)), room), (name, value, a, b)
        rows["y" if key == "x" else "yFloat64Only"] = ours
    return rows


def spread(low, high, count):
    return list(np.linspace(low, high, count))


TABLES = {
    "exp": table(
        "exp", np.exp, mpmath.exp,
        single([0, 1, -1, 1e-8, -1e-8, 1e-4, -1e-4, 0.34657359, -0.34657359, 0.34657362, 88.72283, -87.33654, -87.34,
                -95, -103, 64.5, 0.5, -0.5, 2.0, 10.0] + spread(-87, 88, 41)),
        [-745.0, -708.5, 709.5, 400.25, -300.125, 1e-17]),
    "log": table(
        "log", np.log, mpmath.log,
        single([1e-45, 1e-40, 1.1754942e-38, 1.1754944e-38, 3.4028235e38, 1, 2, 0.5, 4, 10, 1 + 2**-23, 1 - 2**-24,
                1 + 2**-12, 1 - 2**-12, 0.70710677, 0.70710683, 1.4142135, 1.4142137, 0.99, 1.01, 0.9, 1.1, 2.7182817]
               + [10.0**k for k in range(-36, 39, 3)] + spread(0.55, 3, 12)),
        [1e-300, 1e300, 5e-324, 1.5e-310, 1 + 2**-40]),
    "tanh": table(
        "tanh", np.tanh, mpmath.tanh,
        single([0, 1e-30, -1e-30, 1e-8, 1e-4, -1e-4, 1e-3, 0.01, -0.01, 0.1, 0.3, 0.54, 0.5493061, 0.5493062, 0.55,
                0.6, 0.625, 0.626, 9.01, 9.011, 9.02, -9.02, 20, -20, 88, -88] + spread(-8, 8, 33)),
        [18.5, 19.0, 19.0625, -22.0]),
    "erf": table(
        "erf", scipy.special.erf, mpmath.erf,
        single([0, 1e-30, 1e-8, -1e-8, 1e-4, 0.01, 0.1, 0.25, 0.4, 0.47, 0.84, 0.84375, 0.85, 0.921875, 1, 1.25, -1.25,
                3.9, 3.91, 3.92, 3.93, 4, -4, 6, -6, 10] + spread(-3.5, 3.5, 33)),
        [5.0, 5.5, 5.875]),
    "inverseNormalCdf": table(
        "inverseNormalCdf", scipy.special.ndtri, quantile,
        single([1e-38, 1e-30, 1e-20, 1e-12, 1e-8, 2**-24, 2**-23, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.0227501,
                0.02425, 0.025, 0.075, 0.08, 0.158655, 0.4999, 0.5, 0.5001, 0.841345, 0.92, 0.925, 0.97575, 0.975,
                0.97725, 0.99,
                0.999, 0.9999, 0.99999, 1 - 2**-20, 1 - 2**-23, 1 - 2**-24] + spread(0.05, 0.95, 26)),
        [1e-300, 1e-100, 1e-50, 1 - 2**-40, 1 - 2**-53]),
}

# ---- Threefry-2x32 ----------------------------------------------------------------------------------------------

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)


def threefry2x32(key, counter):
    """20 rounds; a round adds, rotates and mixes, and every fourth round adds the key schedule."""
    with np.errstate(over="ignore"):
        k0, k1 = np.uint32(key[0]), np.uint32(key[1])
        schedule = (k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA))
        x0, x1 = np.uint32(counter[0]) + k0, np.uint32(counter[1]) + k1
        for r in range(20):
            by = np.uint32(ROTATIONS[r % 8])
            x0 = x0 + x1
            x1 = ((x1 << by) | (x1 >> (np.uint32(32) - by))) ^ x0
            if r % 4 == 3:
                turn = (r + 1) // 4
                x0 = x0 + schedule[turn % 3]
                x1 = x1 + schedule[(turn + 1) % 3] + np.uint32(turn)
        return [int(x0), int(x1)]


PUBLISHED = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]
random = np.random.RandomState(31)
VECTORS = []
for key, counter, output in PUBLISHED:
    assert threefry2x32(key, counter) == list(output)
    VECTORS.append({"key": list(key), "counter": list(counter), "output": list(output)})
for _ in range(20):
    words = [int(word) for word in random.randint(0, 2**32, size=4, dtype=np.uint64)]
    VECTORS.append({"key": words[:2], "counter": words[2:], "output": threefry2x32(words[:2], words[2:])})

# ---- Adam's first step ------------------------------------------------------------------------------------------

decimal.getcontext().prec = 60
D = decimal.Decimal


def adam_first(gradient, epsilon_text):
    """The change of a weight. 0.001, 0.9 and 0.999 are decimal numbers here, not doubles."""
    rate, beta1, beta2, epsilon, g = D("0.001"), D("0.9"), D("0.999"), D(epsilon_text), D(gradient)
    hat = -rate * (1 - beta2).sqrt() / (1 - beta1) * ((1 - beta1) * g) / (((1 - beta2) * g * g).sqrt() + epsilon)
    plain = -rate * g / (abs(g) + epsilon)
    return {"gradient": float(g), "epsilonHat": float(hat), "epsilon": float(plain)}


GRADIENTS = (2.0, -0.5, 2.0**-10, 2.0**-20, -(2.0**-24), 2.0**-30, 0.0)
ADAM = [
    {"epsilon": float(text), "steps": [adam_first(g, text) for g in GRADIENTS]} for text in ("1e-8", "1e-7")
]

write("special.json", {
    "functions": TABLES,
    "threefry2x32": VECTORS,
    "adamFirstStep": {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "cases": ADAM},
})
for name, rows in TABLES.items():
    print(name, len(rows["x"]), len(rows["float64Only"]))
