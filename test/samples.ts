import { affineGradientSamples, affineSamples } from "../src/ops/affine.ts";
import { argMaxSamples } from "../src/ops/argMax.ts";
import {
  absSamples,
  addSamples,
  divSamples,
  maximumSamples,
  minimumSamples,
  mulSamples,
  negSamples,
  subSamples,
} from "../src/ops/arithmetic.ts";
import { batchMatmulSamples } from "../src/ops/batchMatmul.ts";
import { batchNormSamples } from "../src/ops/batchNorm.ts";
import { batchNormGradientSamples } from "../src/ops/batchNormGradient.ts";
import { batchNormInferenceSamples } from "../src/ops/batchNormInference.ts";
import { clipSamples } from "../src/ops/clip.ts";
import {
  equalSamples,
  greaterEqualSamples,
  greaterSamples,
  lessEqualSamples,
  lessSamples,
  notEqualSamples,
  whereSamples,
} from "../src/ops/compare.ts";
import { concatSamples } from "../src/ops/concat.ts";
import { identitySamples, stopGradientSamples } from "../src/ops/control.ts";
import { toFloatSamples } from "../src/ops/convert.ts";
import { dropoutSamples } from "../src/ops/dropout.ts";
import { firstNonFiniteSamples } from "../src/ops/finite.ts";
import { gatherSamples, scatterAddSamples } from "../src/ops/gather.ts";
import { geluGradientSamples, geluSamples, geluTanhGradientSamples, geluTanhSamples } from "../src/ops/gelu.ts";
import { inTopKSamples } from "../src/ops/inTopK.ts";
import { logSumExpSamples } from "../src/ops/logSumExp.ts";
import { softmaxCrossEntropyGradientSamples, softmaxCrossEntropySamples } from "../src/ops/losses.ts";
import { matmulSamples } from "../src/ops/matmul.ts";
import { movingAverageSamples } from "../src/ops/movingAverage.ts";
import { oneHotSamples } from "../src/ops/oneHot.ts";
import { expSamples, logSamples, powSamples, sqrtSamples, squareSamples } from "../src/ops/power.ts";
import {
  randomBernoulliSamples,
  randomNormalSamples,
  randomTruncatedNormalSamples,
  randomUniformSamples,
} from "../src/ops/random.ts";
import {
  eluGradientSamples,
  eluSamples,
  leakyReluGradientSamples,
  leakyReluSamples,
  reluGradientSamples,
  reluSamples,
} from "../src/ops/rectifier.ts";
import { maxSamples, minSamples, sumSamples } from "../src/ops/reduce.ts";
import { broadcastToSamples, reshapeSamples } from "../src/ops/reshape.ts";
import type { Samples } from "../src/ops/sample.ts";
import { padSamples, sliceSamples } from "../src/ops/slice.ts";
import {
  erfGradientSamples,
  erfSamples,
  sigmoidGradientSamples,
  sigmoidSamples,
  siluGradientSamples,
  siluSamples,
  softplusGradientSamples,
  softplusSamples,
  tanhGradientSamples,
  tanhSamples,
} from "../src/ops/smooth.ts";
import { logSoftmaxSamples, softmaxSamples } from "../src/ops/softmax.ts";
import { transposeSamples } from "../src/ops/transpose.ts";
import { adaGradSamples, momentumSamples, nesterovSamples, sgdSamples } from "../src/ops/update.ts";
import {
  adamSamples,
  adamWSamples,
  rmsPropCenteredMomentumSamples,
  rmsPropCenteredSamples,
  rmsPropMomentumSamples,
  rmsPropSamples,
} from "../src/ops/updateAdaptive.ts";

/** The samples of every primitive: what the generated tests and the gradient-check suite run on. */
export const allSamples: readonly Samples[] = [
  reluSamples,
  reluGradientSamples,
  leakyReluSamples,
  leakyReluGradientSamples,
  eluSamples,
  eluGradientSamples,
  sigmoidSamples,
  sigmoidGradientSamples,
  tanhSamples,
  tanhGradientSamples,
  softplusSamples,
  softplusGradientSamples,
  erfSamples,
  erfGradientSamples,
  siluSamples,
  siluGradientSamples,
  geluSamples,
  geluGradientSamples,
  geluTanhSamples,
  geluTanhGradientSamples,
  addSamples,
  subSamples,
  mulSamples,
  divSamples,
  powSamples,
  maximumSamples,
  minimumSamples,
  negSamples,
  absSamples,
  squareSamples,
  sqrtSamples,
  expSamples,
  logSamples,
  batchNormSamples,
  batchNormGradientSamples,
  batchNormInferenceSamples,
  clipSamples,
  equalSamples,
  notEqualSamples,
  lessSamples,
  lessEqualSamples,
  greaterSamples,
  greaterEqualSamples,
  whereSamples,
  identitySamples,
  stopGradientSamples,
  toFloatSamples,
  firstNonFiniteSamples,
  gatherSamples,
  scatterAddSamples,
  oneHotSamples,
  argMaxSamples,
  inTopKSamples,
  softmaxCrossEntropySamples,
  softmaxCrossEntropyGradientSamples,
  matmulSamples,
  batchMatmulSamples,
  affineSamples,
  affineGradientSamples,
  reshapeSamples,
  transposeSamples,
  broadcastToSamples,
  sliceSamples,
  padSamples,
  concatSamples,
  randomUniformSamples,
  randomNormalSamples,
  randomTruncatedNormalSamples,
  dropoutSamples,
  randomBernoulliSamples,
  sumSamples,
  maxSamples,
  minSamples,
  logSumExpSamples,
  softmaxSamples,
  logSoftmaxSamples,
  movingAverageSamples,
  sgdSamples,
  momentumSamples,
  nesterovSamples,
  adaGradSamples,
  rmsPropSamples,
  rmsPropMomentumSamples,
  rmsPropCenteredSamples,
  rmsPropCenteredMomentumSamples,
  adamSamples,
  adamWSamples,
];
