import { bindOne } from "../tensor/bind.ts";
import { DTypeError } from "../tensor/errors.ts";
import { floatType, isDoublePrecision } from "../tensor/precision.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { bytesToFloat, intToFloat } from "../wasm/convert.ts";
