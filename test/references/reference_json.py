"""Writes a reference file: every double as the shortest text that reads back to the same double, in the layout that the
formatter does not change (120 columns, arrays of numbers filled, anything else one item per line)."""

import json
import math
import os
import re

WIDTH = 120


def _scalar(value):
    if isinstance(value, float):
        assert math.isfinite(value), "JSON does not have NaN or infinity"
        if value == int(value) and abs(value) < 1e15 and math.copysign(1, value) * value >= 0 and not (
            value == 0 and math.copysign(1, value) < 0
        ):
            return str(int(value))
        return re.sub(r"e([-+])0*", lambda m: "e-" if m[1] == "-" else "e", repr(value))
    return json.dumps(value)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _flat(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{k}": {_flat(v)}' for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_flat(v) for v in value) + "]"
    return _scalar(value)


def _text(value, indent, used):
    """`indent`: columns before the line on which the value starts; `used`: columns of that line without the value."""
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        flat = _flat(value)
        if not value or (set(value) == {"shape", "data"} and used + len(flat) <= WIDTH):
            return flat  # a tensor stays on one line if it fits
        rows = []
        for i, (key, item) in enumerate(value.items()):
            head = f'"{key}": '
            comma = 1 if i + 1 < len(value) else 0
            rows.append(inner + head + _text(item, indent + 2, indent + 2 + len(head) + comma))
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list):
        flat = _flat(value)
        if not any(isinstance(v, dict) for v in value) and used + len(flat) <= WIDTH:
            return flat
        if all(_is_number(v) for v in value):
            lines, line = [], inner
            for i, v in enumerate(value):
                piece = _scalar(v) + ("," if i + 1 < len(value) else "")
                glue = "" if line == inner else " "
                if line != inner and len(line) + len(glue) + len(piece) > WIDTH:
                    lines.append(line)
                    line, glue = inner, ""
                line += glue + piece
            lines.append(line)
            return "[\n" + "\n".join(lines) + "\n" + " " * indent + "]"
        rows = [
            inner + _text(v, indent + 2, indent + 2 + (1 if i + 1 < len(value) else 0)) for i, v in enumerate(value)
        ]
        return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"
    return _scalar(value)


def write(name, content):
    """Writes `content` (dicts, lists, strings, numbers) to `name` beside this file."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    text = _text(content, 0, 0) + "\n"
    assert json.loads(text) == content, "a value did not survive the round trip"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    print(f"{name}: {len(text)} bytes")
