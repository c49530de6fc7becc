"""Functions of NumPy -> numpyFunctions.json: each case has the function of gradus, its inputs, its other arguments, and the result.

NaN and infinity are texts, because JSON does not have them. Drawn inputs are multiples of 1/32. topK is made of a stable argsort.
"""

import numpy as np

from reference_json import write

random = np.random.RandomState(14)
CASES = []


def number(value):
    value = float(value)
    if np.isnan(value):
        return "NaN"
    return value if np.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def pack(array):
    array = np.asarray(array)
    dtype = "bool" if array.dtype == bool else "int32" if array.dtype.kind == "i" else "float32"
    return {"dtype": dtype, "shape": list(array.shape), "data": [number(v) for v in array.ravel()]}


def draw(*shape):
    return np.round(random.uniform(-2, 2, size=shape) * 32) / 32


def case(name, inputs, result, *arguments):
    results = result if isinstance(result, (list, tuple)) else [result]
    CASES.append({"function": name, "inputs": [pack(x) for x in inputs], "arguments": list(arguments),
                  "results": [pack(y) for y in results]})


inf, nan = np.inf, np.nan
special = np.array([0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -1.5, 3.25, -7.75, 8388607.5, 1e10, inf, -inf, nan])
for name, function in (("sign", np.sign), ("floor", np.floor), ("ceil", np.ceil), ("round", np.round),
                       ("isFinite", np.isfinite), ("isNaN", np.isnan)):
    case(name, [special], function(special))
angles = np.float32([0, 1e-8, 0.5, 1, 3.1415927, -3.1415927, 100, -1e5, 1e6, 1048577, 3e9, 1e20, -3e38]).astype(float)
case("sin", [angles], np.sin(angles))
case("cos", [angles], np.cos(angles))
small = np.float32([-1, -0.9, -1e-6, 0, 1e-10, 1e-3, 0.5, 1, 20, 88]).astype(float)
case("expm1", [small], np.expm1(small))
case("log1p", [small], np.log1p(small))

a, b = random.rand(3, 4) < 0.5, random.rand(4) < 0.5
case("logicalAnd", [a, b], np.logical_and(a, b))
case("logicalOr", [a, b], np.logical_or(a, b))
case("logicalNot", [a], np.logical_not(a))
for axis in (0, -1):
    case("any", [a], np.any(a, axis=axis), {"axis": axis})
    case("all", [a], np.all(a, axis=axis, keepdims=True), {"axis": axis, "keepDims": True})
case("any", [a], np.any(a))
case("all", [a], np.all(a))

x = draw(2, 3, 4)
for axis in (None, 0, 1, -1):
    options = {} if axis is None else {"axis": axis}
    case("prod", [x], np.prod(x, axis=axis), options)
    case("cumsum", [x], np.cumsum(x, axis=axis), options)
case("prod", [x], np.prod(x, axis=(0, 2), keepdims=True), {"axis": [0, 2], "keepDims": True})
m = draw(4, 5)
case("norm", [m], np.linalg.norm(m), {})
case("norm", [m], np.linalg.norm(m.ravel(), 1), {"ord": 1})
for order in (1, 2, inf):
    if order < inf:
        case("norm", [m], np.linalg.norm(m, order, axis=-1), {"ord": order, "axis": -1})
        case("norm", [m], np.linalg.norm(m, order, axis=0, keepdims=True), {"ord": order, "axis": 0, "keepDims": True})
    else:
        case("norm", [m], np.linalg.norm(m, order, axis=0), {"ord": "Infinity", "axis": 0})

case("expandDims", [m], np.expand_dims(m, 0))
case("expandDims", [m], np.expand_dims(m, (0, -1)), {"axis": [0, -1]})
case("expandDims", [m], np.expand_dims(m, (1, 3)), {"axis": [1, 3]})
q = draw(1, 3, 1)
case("squeeze", [q], np.squeeze(q))
case("squeeze", [q], np.squeeze(q, -1), {"axis": -1})
t = draw(2, 3)
for repeats in (2, [2, 1], [3, 2], [2, 1, 2], [0, 2]):
    case("tile", [t], np.tile(t, repeats), repeats)
for parts, axis in ((2, 1), (3, 0), ([1, 3], 1), ([1, -1], 1), (7, 0)):
    case("tensorSplit", [m], np.array_split(m, parts, axis=axis), parts, {"axis": axis})
case("flip", [x], np.flip(x))
case("flip", [x], np.flip(x, (0, 2)), {"axis": [0, 2]})
for offset in (0, 1, -2, 9):
    case("diag", [m], np.diag(m, offset), {"offset": offset})
for offset in (0, 2, -1):
    v = draw(3)
    case("diag", [v], np.diag(v, offset), {"offset": offset})

ties = np.array([[2, 1, 2, 0, 1, 2, -1, 0, 3, 1, 3, 2], [1, nan, inf, 0, nan, -inf, 2, 2, -3, nan, inf, 0.5]])
ints = random.randint(-5, 5, size=(3, 10)).astype(np.int32)
for array in (ties, ints, draw(9, 3), draw(2, 20)):
    for axis in (-1, 0):
        case("sort", [array], np.sort(array, axis=axis, kind="stable"), {"axis": axis})
        case("argSort", [array], np.argsort(array, axis=axis, kind="stable"), {"axis": axis})
descending = draw(3, 8)
descending[1, 2] = descending[1, 5] = descending[1].max() + 1
for axis, k in ((1, 3), (0, 2), (1, 8), (1, 0)):
    order = np.take(np.argsort(-descending, axis=axis, kind="stable"), np.arange(k), axis=axis)
    case("topK", [descending], [np.take_along_axis(descending, order, axis), order], k, {"axis": axis})

A, B, C, D = draw(3, 4), draw(4, 2), draw(5, 3, 4), draw(5, 2, 4)
S, T = draw(3, 3, 2), draw(4)
for equation, operands in (
    ("ij,jk->ik", (A, B)), ("ij,jk", (A, B)), ("ij,jk->ki", (A, B)), ("ji", (A,)), ("ij->", (A,)), ("ij->j", (A,)),
    ("bij,bkj->bik", (C, D)), ("bij,bkj->kb", (C, D)), ("bij,jk->bik", (C, B)), ("bij,j->ib", (C, T)),
    ("iij->ij", (S,)), ("iij->ji", (S,)), ("iij->j", (S,)), ("i,j->ij", (T, T)), ("i,i", (T, T)), ("i,i->i", (T, T)),
    ("ij,jk,lk->il", (A, B, draw(6, 2))), ("ij,bij->b", (A, C)), ("bij,ij->bji", (C, A)), ("ij,kl->jl", (A, B)),
    ("aab,bc,c", (S, draw(2, 3), draw(3))), ("i j , j k -> i k", (A, B)),
):
    CASES.append({"function": "einsum", "equation": equation, "inputs": [pack(y) for y in operands], "arguments": [],
                  "results": [pack(np.einsum(equation, *operands))]})

write("numpyFunctions.json", {"cases": CASES})
