import {
  eluGradientSamples,
  eluSamples,
  erfSamples,
  leakyReluGradientSamples,
  leakyReluSamples,
  reluGradientSamples,
  reluSamples,
  sigmoidSamples,
  softplusSamples,
  tanhSamples,
} from "../src/ops/activation.ts";
import {
  absSamples,
  addSamples,
  divSamples,
  expSamples,
  logSamples,
  maximumSamples,
  minimumSamples,
  mulSamples,
  negSamples,
  powSamples,
  sqrtSamples,
  squareSamples,
  subSamples,
} from "../src/ops/arithmetic.ts";
import { batchNormGradientSamples, batchNormSamples } from "../src/ops/batchNorm.ts";
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
import { identitySamples, stopGradientSamples } from "../src/ops/control.ts";
import { toFloatSamples } from "../src/ops/convert.ts";
import { firstNonFiniteSamples } from "../src/ops/finite.ts";
import { argMaxSamples, gatherSamples, inTopKSamples, oneHotSamples, scatterAddSamples } from "../src/ops/indexing.ts";
import { softmaxCrossEntropyGradientSamples, softmaxCrossEntropySamples } from "../src/ops/losses.ts";
import { matmulSamples } from "../src/ops/matmul.ts";
import {
  broadcastToSamples,
  concatSamples,
  padSamples,
  reshapeSamples,
  sliceSamples,
  transposeSamples,
} from "../src/ops/movement.ts";
import {
  randomBernoulliSamples,
  randomNormalSamples,
  randomTruncatedNormalSamples,
  randomUniformSamples,
} from "../src/ops/random.ts";
import { maxSamples, minSamples, sumSamples } from "../src/ops/reduce.ts";
import type { Samples } from "../src/ops/sample.ts";
import { logSoftmaxSamples, softmaxSamples } from "../src/ops/softmax.ts";
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
  tanhSamples,
  softplusSamples,
  erfSamples,
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
  reshapeSamples,
  transposeSamples,
  broadcastToSamples,
  sliceSamples,
  padSamples,
  concatSamples,
  randomUniformSamples,
  randomNormalSamples,
  randomTruncatedNormalSamples,
  randomBernoulliSamples,
  sumSamples,
  maxSamples,
  minSamples,
  softmaxSamples,
  logSoftmaxSamples,
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
