"""Writes files/: models in the layouts in which Keras 2 and 3 save them, with outputs that PyTorch computes.

Needs h5py, numpy and PyTorch 1.13: python3 test/keras/files.py
The options are those that Keras writes; the values are drawn here. Keras itself is not needed.
"""
import io, json, os, zipfile
import h5py, numpy as np, torch
import torch.nn.functional as F

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
random = np.random.default_rng(7)
torch.set_num_threads(1)
expected = {}


def draw(*shape, positive=False, dtype=np.float32):
    values = random.uniform(0.5, 1.5, shape) if positive else random.normal(0, 0.5, shape)
    return values.astype(dtype)


def t(values):
    return torch.tensor(np.asarray(values, dtype=np.float64))


def new(class_name, module="keras.layers", **config):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def glorot(version):
    config = {"class_name": "GlorotUniform", "config": {"seed": None}}
    return dict(config, module="keras.initializers", registered_name=None) if version == 3 else config


def dense_config(name, units, activation, version=3, **more):
    zeros = {"class_name": "Zeros", "config": {}}
    return dict({"name": name, "trainable": True, "dtype": "float32", "units": units, "activation": activation, "use_bias": True,
            "kernel_initializer": glorot(version), "bias_initializer": zeros, "kernel_regularizer": None, "bias_regularizer": None,
            "kernel_constraint": None, "bias_constraint": None}, **more)


def weights3(tree):
    """The bytes of model.weights.h5: groups by classes, variables by numbers."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.create_group("optimizer/vars")["0"] = np.int64(3)
        for path, arrays in tree.items():
            group = file.create_group(f"layers/{path}/vars")
            for index, array in enumerate(arrays):
                group[str(index)] = array
    return data.getvalue()


def keras3(name, config, tree, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(os.path.join(here, name), "w", method) as file:
        for member, text in (("metadata.json", json.dumps({"keras_version": "3.2.1", "date_saved": "2026-01-01@00:00:00"})),
                             ("config.json", json.dumps(config)), ("model.weights.h5", weights3(tree))):
            info = zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0))
            info.compress_type = method
            file.writestr(info, text)


def texts(values):
    return np.array([value.encode() for value in values], dtype=h5py.string_dtype()) if values else np.array([], dtype=np.float64)


def keras2(name, config, layers, version="2.8.0", root="model_weights", **packing):
    """layers: (name of the layer, [(name of the variable, array)])."""
    with h5py.File(os.path.join(here, name), "w") as file:
        if config:
            file.attrs["model_config"] = json.dumps(config)
            file.attrs["keras_version"] = version
            file.attrs["backend"] = "tensorflow"
        group = file.create_group(root) if root else file
        group.attrs["layer_names"] = texts([layer for layer, _ in layers])
        for layer, variables in layers:
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = texts([variable for variable, _ in variables])
            for variable, array in variables:
                inner.create_dataset(variable, data=array, **(packing if array.ndim else {}))


def expect(name, inputs, outputs, variables):
    plain = lambda array: {"shape": list(array.shape), "data": [float(f"{value:.7g}") for value in np.asarray(array, np.float64).ravel()]}
    expected[name] = {"inputs": {key: plain(value) for key, value in inputs.items()},
                      "outputs": [plain(np.asarray(value)) for value in outputs], "variables": variables}


def softmax(x):
    return F.softmax(x, dim=-1)


# A Sequential of Keras 3: dropout, batch norm, normalization of the input.
mean, variance = draw(4), draw(4, positive=True)
k1, b1, k2, b2 = draw(4, 6), draw(6), draw(6, 3), draw(3)
gamma, beta, moving_mean, moving_variance = draw(6, positive=True), draw(6), draw(6), draw(6, positive=True)
seed = np.array([1, 2], np.uint32)
sequential = new("Sequential", "keras", name="net", trainable=True, dtype={"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None},
    layers=[new("InputLayer", batch_shape=[None, 4], dtype="float32", sparse=False, ragged=False, name="input_layer"),
            new("Normalization", name="scale", trainable=True, dtype="float32", axis=[-1], invert=False, mean=None, variance=None),
            new("Dense", **dense_config("first", 6, "elu", kernel_regularizer=new("L2", "keras.regularizers", l2=0.01))),
            new("BatchNormalization", name="norm", trainable=False, dtype="float32", axis=-1, momentum=0.9, epsilon=0.001, center=True, scale=True,
                beta_initializer=None, gamma_initializer=None, moving_mean_initializer=None, moving_variance_initializer=None,
                beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, synchronized=False),
            new("Dropout", name="drop", trainable=True, dtype="float32", rate=0.5, seed=None, noise_shape=None),
            new("Dense", **dense_config("second", 3, "softmax", kernel_constraint=new("MaxNorm", "keras.constraints", max_value=2, axis=0)))],
    build_input_shape=[None, 4])
tree = {"normalization": [mean, variance, np.array(9)], "dense": [k1, b1], "batch_normalization": [gamma, beta, moving_mean, moving_variance],
        "dense_1": [k2, b2], "dropout/seed_generator": [seed]}
keras3("sequential.keras", sequential, tree)
keras3("deflated.keras", sequential, tree, zipfile.ZIP_DEFLATED)
x = draw(5, 4)
h = F.elu((t(x) - t(mean)) / t(variance).sqrt() @ t(k1) + t(b1))
h = (h - t(moving_mean)) / (t(moving_variance) + 0.001).sqrt() * t(gamma) + t(beta)
names = ["net/scale/mean", "net/scale/variance", "net/first/kernel", "net/first/bias", "net/norm/gamma", "net/norm/beta", "net/norm/moving_mean",
         "net/norm/moving_variance", "net/second/kernel", "net/second/bias"]
for name in ("sequential.keras", "deflated.keras"):
    expect(name, {"input_layer": x}, [softmax(h @ t(k2) + t(b2))], names)

# The file of the examples in the documentation, and its weights alone.
wk, wb, vk, vb = draw(3, 4), draw(4), draw(4, 2), draw(2)
net = new("Sequential", "keras", name="net", trainable=True, dtype="float32", layers=[
    new("InputLayer", batch_shape=[None, 3], dtype="float32", sparse=False, ragged=False, name="input_layer"),
    new("Dense", **dense_config("hidden", 4, "relu")), new("Dense", **dense_config("out", 2, "linear"))], build_input_shape=[None, 3])
keras3("model.keras", net, {"dense": [wk, wb], "dense_1": [vk, vb]})
open(os.path.join(here, "model.weights.h5"), "wb").write(weights3({"dense": [wk, wb], "dense_1": [vk, vb]}))
x = draw(2, 3)
expect("model.keras", {"input_layer": x}, [F.relu(t(x) @ t(wk) + t(wb)) @ t(vk) + t(vb)],
       ["net/hidden/kernel", "net/hidden/bias", "net/out/kernel", "net/out/bias"])

# A functional model of Keras 3: tokens, a nested model that is called twice, a shared layer, two outputs.
def tensor(layer, call, shape):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None] + shape, "dtype": "float32", "keras_history": [layer, call, 0]}}


def called(layer, *calls):
    none = {"training": None, "mask": None}
    nodes = [{"args": [call], "kwargs": {} if layer["class_name"] == "InputLayer" else none} for call in calls]
    return dict(layer, name=layer["config"]["name"], inbound_nodes=nodes)


table, shared_k, shared_b = draw(7, 3), draw(3, 3), draw(3)
inner_k, inner_b, price_k, price_b, kind_k = draw(3, 2), draw(2), draw(8, 1), draw(1), draw(8, 2)
input3 = lambda name, shape, dtype="float32": new("InputLayer", batch_shape=[None] + shape, dtype=dtype, sparse=False, ragged=False, name=name)
inner = dict(new("Functional", "keras.src.models.functional", name="inner", trainable=True, layers=[
    called(input3("inner_in", [3])),
    called(new("Dense", **dense_config("squeeze", 2, "tanh")), tensor("inner_in", 0, [3]))],
    input_layers=[["inner_in", 0, 0]], output_layers=[["squeeze", 0, 0]]), registered_name="Functional")
functional = dict(new("Functional", "keras.src.models.functional", name="two", trainable=True, layers=[
    called(input3("token", [])), called(input3("numbers", [3])),
    called(new("Embedding", name="lookup", trainable=True, dtype="float32", input_dim=7, output_dim=3, mask_zero=False,
               embeddings_initializer=new("RandomUniform", "keras.initializers", minval=-0.05, maxval=0.05, seed=None),
               embeddings_regularizer=None, activity_regularizer=None, embeddings_constraint=None), tensor("token", 0, [])),
    called(new("Dense", **dense_config("shared", 3, "relu")), tensor("lookup", 0, [3]), tensor("numbers", 0, [3])),
    # Keras counts the calls of a nested model from 1, and may list it before what it needs.
    called(inner, tensor("shared", 0, [3]), tensor("shared", 1, [3])),
    called(new("Add", name="sum", trainable=True, dtype="float32"), [tensor("shared", 0, [3]), tensor("shared", 1, [3])]),
    called(new("Concatenate", name="all", trainable=True, dtype="float32", axis=-1),
           [tensor("inner", 1, [2]), tensor("inner", 2, [2]), tensor("sum", 0, [3]), tensor("shrunk", 0, [1])]),
    called(new("Activation", name="shrunk", trainable=True, dtype="float32", activation="sigmoid"), tensor("narrow", 0, [1])),
    called(new("Reshape", name="narrow", trainable=True, dtype="float32", target_shape=[1]), tensor("one", 0, [1])),
    called(new("Dense", **dense_config("one", 1, "linear", use_bias=False)), tensor("numbers", 0, [3])),
    called(new("Dense", **dense_config("price", 1, "linear")), tensor("all", 0, [8])),
    called(new("Dense", **dense_config("kind", 2, "softmax", use_bias=False)), tensor("all", 0, [8]))],
    input_layers=[["token", 0, 0], ["numbers", 0, 0]], output_layers=[["price", 0, 0], ["kind", 0, 0]]), registered_name="Functional")
one_k = draw(3, 1)
keras3("functional.keras", functional, {"embedding": [table], "dense": [shared_k, shared_b], "functional/layers/dense": [inner_k, inner_b],
       "dense_1": [one_k], "dense_2": [price_k, price_b], "dense_3": [kind_k]})
tokens, numbers = np.array([0, 6, 3], np.int32), draw(3, 3)
s = lambda v: F.relu(v @ t(shared_k) + t(shared_b))
i = lambda v: torch.tanh(v @ t(inner_k) + t(inner_b))
a, b = s(t(table)[tokens]), s(t(numbers))
joined = torch.cat([i(a), i(b), a + b, torch.sigmoid(t(numbers) @ t(one_k))], dim=1)
expect("functional.keras", {"token": tokens, "numbers": numbers}, [joined @ t(price_k) + t(price_b), softmax(joined @ t(kind_k))],
       ["two/lookup/embeddings", "two/shared/kernel", "two/shared/bias", "two/one/kernel", "two/inner/squeeze/kernel", "two/inner/squeeze/bias",
        "two/price/kernel", "two/price/bias", "two/kind/kernel"])

# An image network of Keras 2, whose arrays are packed in chunks.
old = lambda class_name, **config: {"class_name": class_name, "config": config}
base = lambda name, **more: dict({"name": name, "trainable": True, "dtype": "float32"}, **more)
bias0 = {"bias_initializer": old("Zeros"), "bias_regularizer": None, "bias_constraint": None, "activity_regularizer": None}
kernel0 = {f"kernel_{kind}": None for kind in ("regularizer", "constraint")}
depth0 = {f"depthwise_{kind}": None for kind in ("regularizer", "constraint", "initializer")}
point0 = {f"pointwise_{kind}": None for kind in ("regularizer", "constraint", "initializer")}
window = lambda size, strides, padding: {"kernel_size": size, "strides": strides, "padding": padding, "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1}
images = old("Sequential", name="images", layers=[
    old("InputLayer", batch_input_shape=[None, 8, 8, 2], dtype="float32", sparse=False, ragged=False, name="pixels"),
    old("Rescaling", **base("rescaling", scale=0.5, offset=-0.25)),
    old("RandomFlip", **base("flip", mode="horizontal_and_vertical", seed=None)),
    old("ZeroPadding2D", **base("pad", padding=[[1, 0], [0, 1]], data_format="channels_last")),
    old("Conv2D", **base("conv", filters=4, activation="relu", use_bias=True, kernel_initializer=glorot(2), **window([3, 3], [2, 2], "same"), **kernel0, **bias0)),
    old("DepthwiseConv2D", **base("depth", activation="linear", use_bias=True, depth_multiplier=2, **window([2, 2], [1, 1], "valid"), **depth0, **bias0)),
    old("BatchNormalization", **base("norm", axis=[3], momentum=0.99, epsilon=0.001, center=True, scale=False)),
    old("PReLU", **base("prelu", alpha_initializer=old("Zeros"), alpha_regularizer=None, alpha_constraint=None, shared_axes=[1, 2])),
    old("SeparableConv2D", **base("separable", filters=5, activation="swish", use_bias=False, depth_multiplier=1, **window([1, 1], [1, 1], "valid"), **kernel0, **depth0, **point0, **bias0)),
    old("AveragePooling2D", **base("pool", pool_size=[2, 2], strides=[2, 2], padding="valid", data_format="channels_last")),
    old("LayerNormalization", **base("layer_norm", axis=[3], epsilon=0.001, center=True, scale=True)),
    old("LeakyReLU", **base("leaky", alpha=0.3)),
    old("Flatten", **base("flatten", data_format="channels_last")),
    old("Dense", **dense_config("out", 3, "linear", 2)),
    old("Softmax", **base("softmax", axis=-1))])
conv_k, conv_b, depth_k, depth_b = draw(3, 3, 2, 4), draw(4), draw(2, 2, 4, 2), draw(8)
nb, nm, nv, alpha = draw(8), draw(8), draw(8, positive=True), draw(1, 1, 8)
sep_d, sep_p, lg, lb, out_k, out_b = draw(1, 1, 8, 1), draw(1, 1, 8, 5), draw(5, positive=True), draw(5), draw(20, 3), draw(3)
keras2("images.h5", images, [
    ("conv", [("conv/kernel:0", conv_k), ("conv/bias:0", conv_b)]), ("depth", [("depth/depthwise_kernel:0", depth_k), ("depth/bias:0", depth_b)]),
    ("norm", [("norm/beta:0", nb), ("norm/moving_mean:0", nm), ("norm/moving_variance:0", nv)]), ("prelu", [("prelu/alpha:0", alpha)]),
    ("separable", [("separable/depthwise_kernel:0", sep_d), ("separable/pointwise_kernel:0", sep_p)]),
    ("layer_norm", [("layer_norm/gamma:0", lg), ("layer_norm/beta:0", lb)]), ("out", [("out/kernel:0", out_k), ("out/bias:0", out_b)])],
    compression="gzip", shuffle=True, chunks=True)
pixels = draw(2, 8, 8, 2)
v = (t(pixels) * 0.5 - 0.25).permute(0, 3, 1, 2)
v = F.pad(v, (0, 1, 1, 0))
v = F.relu(F.conv2d(F.pad(v, (1, 1, 1, 1)), t(conv_k).permute(3, 2, 0, 1), t(conv_b), stride=2))
v = F.conv2d(v, t(depth_k).reshape(2, 2, 8).permute(2, 0, 1).unsqueeze(1), t(depth_b), groups=4)
c = lambda values: t(values).reshape(1, -1, 1, 1)
v = (v - c(nm)) / (c(nv) + 0.001).sqrt() + c(nb)
v = torch.where(v > 0, v, v * c(alpha))
v = F.silu(F.conv2d(v * c(sep_d), t(sep_p).permute(3, 2, 0, 1)))
v = F.avg_pool2d(v, 2).permute(0, 2, 3, 1)
v = F.leaky_relu(F.layer_norm(v, (5,), t(lg), t(lb), 0.001), 0.3)
expect("images.h5", {"pixels": pixels}, [softmax(v.reshape(2, -1) @ t(out_k) + t(out_b))],
       ["images/rescaling/mean", "images/rescaling/variance", "images/conv/kernel", "images/conv/bias", "images/depth/depthwise_kernel", "images/depth/bias",
        "images/norm/beta", "images/norm/moving_mean", "images/norm/moving_variance", "images/prelu/alpha", "images/separable/depthwise_kernel",
        "images/separable/pointwise_kernel", "images/layer_norm/gamma", "images/layer_norm/beta", "images/out/kernel", "images/out/bias"])

# A functional model of Keras 2 in half precision, with a nested Sequential that has a frozen layer.
d16 = lambda *shape, **more: draw(*shape, dtype=np.float16, **more)
bk, bb, bg, bbeta, bmean, bvar, ok = d16(3, 3), d16(3), d16(3, positive=True), d16(3), d16(3), d16(3, positive=True), d16(6, 2)
body = old("Sequential", name="body", layers=[
    old("InputLayer", batch_input_shape=[None, 3], dtype="float32", sparse=False, ragged=False, name="body_input"),
    old("Dense", **dense_config("hidden", 3, "relu", 2, trainable=False)),
    old("BatchNormalization", **base("norm", axis=[1], momentum=0.99, epsilon=0.001, center=True, scale=True))])
call = lambda layer, *nodes: dict(layer, name=layer["config"]["name"], inbound_nodes=[[[source, index, 0, {}] for source, index in node] for node in nodes])
nested = old("Functional", name="nested", trainable=True, layers=[
    call(old("InputLayer", batch_input_shape=[None, 3], dtype="float32", sparse=False, ragged=False, name="x")),
    call(body, [("x", 0)]),
    call(old("Concatenate", **base("both", axis=-1)), [("body", 1), ("x", 0)]),
    call(old("Dense", **dense_config("out", 2, "tanh", 2, use_bias=False, dtype={"class_name": "Policy", "config": {"name": "mixed_float16"}})), [("both", 0)])],
    input_layers=[["x", 0, 0]], output_layers=[["out", 0, 0]])
keras2("nested.h5", nested, [
    ("x", []), ("body", [("norm/gamma:0", bg), ("norm/beta:0", bbeta), ("hidden/kernel:0", bk), ("hidden/bias:0", bb), ("norm/moving_mean:0", bmean),
                         ("norm/moving_variance:0", bvar)]), ("both", []), ("out", [("out/kernel:0", ok)])])
x = draw(4, 3)
h = F.relu(t(x) @ t(bk) + t(bb))
h = (h - t(bmean)) / (t(bvar) + 0.001).sqrt() * t(bg) + t(bbeta)
expect("nested.h5", {"x": x}, [torch.tanh(torch.cat([h, t(x)], 1) @ t(ok))],
       ["nested/body/hidden/kernel", "nested/body/hidden/bias", "nested/body/norm/gamma", "nested/body/norm/beta", "nested/body/norm/moving_mean",
        "nested/body/norm/moving_variance", "nested/out/kernel"])

# The weights alone, as Keras 2 saves them, and an HDF5 file of another program.
keras2("weights2.h5", None, [("out", [("out/kernel:0", out_k), ("out/bias:0", out_b)])], root=None)
with h5py.File(os.path.join(here, "types.h5"), "w") as file:
    file["bytes"] = np.arange(4, dtype=np.uint8)
    file["bools"] = np.array([True, False])
    file["big"] = np.arange(3, dtype=">f8")
    file["longs"] = np.array([[1], [-2]], np.int64)
    file["texts"] = texts(["a", "bc"])
    file.create_dataset("chunked", data=np.arange(77, dtype=np.float32).reshape(7, 11), chunks=(4, 3), compression="gzip", shuffle=True)
    file.create_dataset("checked", data=np.arange(4, dtype=np.float32), chunks=(4,), fletcher32=True)
with h5py.File(os.path.join(here, "latest.h5"), "w", libver="latest") as file:
    file.create_group("a/b")["c"] = np.arange(6, dtype=np.float32).reshape(2, 3)
    file["compact"] = np.float32(5)

with open(os.path.join(here, "expected.json"), "w") as file:
    json.dump(expected, file)
    file.write("\n")
