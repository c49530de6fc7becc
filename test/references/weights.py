"""Writes test/io/fixtures: files of weights that NumPy, the safetensors library and TensorFlow themselves write, and
weights.json with the numbers in them. README.md shows how to run it."""

import os
import struct
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import cramjam
import google_crc32c
import ml_dtypes
import numpy as np
import tensorflow as tf

from reference_json import write
from safetensors.numpy import save_file

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "io", "fixtures")

expected = {}


def fixture(name):
    return os.path.join(FIXTURES, name)


def remember(group, name, array):
    """Records an array. NaN and infinities, which JSON does not have, become text, which the tests turn into numbers."""
    flat = np.asarray(array).astype(np.float64).ravel().tolist()
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    data = [words.get(str(value), value) for value in flat]
    expected.setdefault(group, {})[name] = {"shape": list(np.shape(array)), "data": data}


def matrix(dtype, shape=(2, 3)):
    """Distinct numbers that every type can hold, with negative ones if the type has them."""
    count = int(np.prod(shape))
    values = np.arange(count) % 2 if np.dtype(dtype).kind == "b" else np.arange(count)
    if np.dtype(dtype).kind in "if" or dtype == ml_dtypes.bfloat16:
        values = (values - count // 2) * (1.5 if np.dtype(dtype).kind != "i" else 1)
    return np.array(values).reshape(shape).astype(dtype)


# --- NumPy -----------------------------------------------------------------------------------------------------------
TYPES = ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]

arrays = {}
for code in TYPES:
    for order in "<>" if code not in ("?", "u1", "i1") else "|":
        for layout in "CF":
            array = np.asarray(matrix(order + code, (2, 3, 2)), order=layout)
            arrays[f"{np.dtype(code).name}/{'big' if order == '>' else 'little'}/{layout}"] = array
arrays["special"] = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4028235e38], dtype="<f4")
arrays["half"] = np.array([np.nan, np.inf, -np.inf, -0.0, 6e-8, 65504, 6.1e-5], dtype="<f2")
arrays["scalar"] = np.array(2.5, dtype="<f4")
arrays["empty"] = np.zeros((3, 0, 2), dtype="<f4")
arrays["dnn/hidden1/kernel"] = matrix("<f4")
arrays["größe"] = matrix("<f4", (1,))
np.savez(fixture("numpy.npz"), **arrays)
np.savez_compressed(fixture("numpy-compressed.npz"), **arrays)
for name, array in arrays.items():
    if name.isascii():
        remember("numpy", name, array)
# A small file, for a test that changes every bit.
np.savez_compressed(fixture("numpy-small.npz"), kernel=matrix("<f4"), step=np.int64(7))

for version in [(1, 0), (2, 0), (3, 0)]:
    with open(fixture(f"version{version[0]}.npy"), "wb") as file:
        np.lib.format.write_array(file, matrix("<f4"), version=version)
remember("npy", "matrix", matrix("<f4"))

np.savez(
    fixture("numpy-refused.npz"),
    objects=np.array([{"a": 1}, None], dtype=object),
    structured=np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]),
    text=np.array(["a", "bc"]),
    bytes=np.array([b"a", b"bc"]),
    complex64=np.zeros(2, dtype=np.complex64),
    dates=np.zeros(2, dtype="datetime64[s]"),
    longdouble=np.zeros(2, dtype=np.longdouble),
    seven_axes=np.zeros((1,) * 7, dtype=np.float32),
    int64=np.array([1, 2**31], dtype=np.int64),
    uint64=np.array([2**64 - 1], dtype=np.uint64),
    uint32=np.array([0, 2**31], dtype=np.uint32),
    sound=np.ones(1, dtype=np.float32),
)

# --- safetensors -----------------------------------------------------------------------------------------------------
tensors = {}
for code in TYPES + [ml_dtypes.bfloat16]:
    array = matrix(code)
    tensors[array.dtype.name] = array
    remember("safetensors", array.dtype.name, array)
save_file(tensors, fixture("types.safetensors"), {"format": "np"})
float8 = np.array([1, -1]).astype(ml_dtypes.float8_e4m3fn)
save_file({"kernel": float8, "bias": np.ones(1, dtype="<f4")}, fixture("float8.safetensors"))

# --- TensorFlow ------------------------------------------------------------------------------------------------------
v1 = tf.compat.v1


def save_graph(prefix, build):
    """Saves the variables that `build` creates, as a program of TensorFlow 1 does."""
    with tf.Graph().as_default(), v1.Session() as session:
        v1.disable_resource_variables()
        build()
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, prefix, write_meta_graph=False, write_state=False)


def network():
    """A network of 4, 3, 2 and 2 units."""
    size = 4
    with v1.variable_scope("dnn"):
        for name, units in [("hidden1", 3), ("hidden2", 2), ("outputs", 2)]:
            with v1.variable_scope(name):
                kernel = matrix("<f4", (size, units)) / 4
                bias = matrix("<f4", (units,)) / 8
                v1.get_variable("kernel", initializer=kernel)
                v1.get_variable("bias", initializer=bias)
                remember("tensorflow", f"dnn/{name}/kernel", kernel)
                remember("tensorflow", f"dnn/{name}/bias", bias)
                size = units


save_graph(fixture("tf1.ckpt"), network)


def save_tensors(prefix, tensors):
    tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=list(tensors), shape_and_slices=[""] * len(tensors), tensors=list(tensors.values())
    )


# Every type, in two shards.
halves = [{}, {}]
for index, code in enumerate(TYPES + [ml_dtypes.bfloat16]):
    array = matrix(code)
    halves[index % 2][array.dtype.name] = tf.constant(array)
    remember("tensorflow types", array.dtype.name, array)
scalar = np.array(3, dtype="<f4")
halves[0]["scalar"] = tf.constant(scalar)
remember("tensorflow types", "scalar", scalar)
halves[1]["text"] = tf.constant(["some", "text"])
halves[1]["complex64"] = tf.constant([1 + 2j], dtype=tf.complex64)
with tempfile.TemporaryDirectory() as folder:
    parts = [os.path.join(folder, f"part{index}") for index in range(2)]
    for part, tensors in zip(parts, halves):
        save_tensors(part, tensors)
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=fixture("types.ckpt"))


def partitioned():
    v1.get_variable(
        "cut", shape=[4, 2], initializer=v1.ones_initializer(), partitioner=v1.fixed_size_partitioner(2)
    )
    v1.get_variable("whole", initializer=matrix("<f4"))


save_graph(fixture("partitioned.ckpt"), partitioned)

# A checkpoint of TensorFlow 2: object graph, its own names.
checkpoint = tf.train.Checkpoint(kernel=tf.Variable(matrix("<f4")), step=tf.Variable(7, dtype=tf.int64))
checkpoint.write(fixture("tf2.ckpt"))


# --- A table compressed with snappy, as TensorFlow up to 1.1 wrote them ------------------------------------------------
def varint(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def masked(data):
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def handle_at(data, at):
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return offset, size, at


def compress_table(table):
    """Compresses the three blocks of a table with one data block that TensorFlow wrote."""
    footer = table[-48:]
    meta_offset, meta_size, at = handle_at(footer, 0)
    index_offset, index_size, _ = handle_at(footer, at)
    index = table[index_offset : index_offset + index_size]
    shared, at = read_varint(index, 0)
    length, at = read_varint(index, at)
    value_length, at = read_varint(index, at)
    assert shared == 0 and struct.unpack("<I", index[-4:])[0] == 1, "one data block"
    key = index[at : at + length]
    data_offset, data_size, _ = handle_at(index, at + length)
    out = b""

    def add(block):
        nonlocal out
        packed = bytes(cramjam.snappy.compress_raw(block)) + b"\x01"
        handle = varint(len(out)) + varint(len(packed) - 1)
        out += packed + struct.pack("<I", masked(packed))
        return handle

    data = add(table[data_offset : data_offset + data_size])
    meta = add(table[meta_offset : meta_offset + meta_size])
    entry = varint(0) + varint(len(key)) + varint(len(data)) + key + data
    handles = meta + add(entry + struct.pack("<II", 0, 1))
    return out + handles.ljust(40, b"\0") + footer[-8:]


with open(fixture("types.ckpt.index"), "rb") as file:
    table = file.read()
with open(fixture("snappy.index"), "wb") as file:
    file.write(compress_table(table))

write(os.path.join(FIXTURES, "weights.json"), expected)
