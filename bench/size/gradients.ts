// Only tensors and gradients.
import { grad, matmul, square, sum, type Tensor } from "gradus";

export const slope = (x: Tensor, w: Tensor): Tensor => grad((v: Tensor) => sum(square(matmul(x, v))))(w);
