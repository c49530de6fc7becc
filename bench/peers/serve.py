"""The common part of the contenders in Python: answers orders on standard input, one line of JSON each, like worker.mjs."""

import json
import sys
import time

import numpy as np


def read_tensors(path, entries):
    with open(path + ".bin", "rb") as file:
        data = file.read()
    result = {}
    for entry in entries:
        dtype = np.int32 if entry["dtype"] == "int32" else np.float32
        size = int(np.prod(entry["shape"]))
        result[entry["name"]] = np.frombuffer(data, dtype, size, entry["offset"]).reshape(entry["shape"]).copy()
    return result


def check(step, spec, steps):
    results = []
    for _ in range(steps):
        result = step()
        results += [result] if isinstance(result, float) else result.ravel()[: spec["checkOutputs"]].tolist()
    return results


def measure(step, milliseconds):
    cpu, start, steps = time.process_time(), time.perf_counter(), 0
    while True:
        step()
        steps += 1
        seconds = time.perf_counter() - start
        if seconds * 1000 >= milliseconds:
            return {"steps": steps, "seconds": seconds / steps, "cpu": (time.process_time() - cpu) / seconds}


def answer(value):
    sys.stdout.write("@@" + json.dumps(value) + "\n")
    sys.stdout.flush()


def serve(prepare, info):
    """`prepare(spec, tensors)` returns a step; `info()`, called after it, returns the library, backend and threads."""
    step = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["do"] == "setup":
                with open(order["path"] + ".json") as file:
                    contents = json.load(file)
                spec = contents["spec"]
                step = prepare(spec, read_tensors(order["path"], contents["tensors"]))
                answer({"info": info(), "check": check(step, spec, order["checkSteps"])})
            else:
                answer(measure(step, order["milliseconds"]))
        except Exception as error:  # The bench reports it in the contender's row.
            answer({"error": str(error)})
