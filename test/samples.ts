import { absSamples, addSamples, divSamples, expSamples, logSamples, maximumSamples, minimumSamples, mulSamples, negSamples, powSamples, sqrtSamples, squareSamples, subSamples } from "../src/ops/arithmetic.ts";
import { clipSamples } from "../src/ops/clip.ts";
import { equalSamples, greaterEqualSamples, greaterSamples, lessEqualSamples, lessSamples, notEqualSamples, whereSamples } from "../src/ops/compare.ts";
import { toFloatSamples } from "../src/ops/convert.ts";
import { firstNonFiniteSamples } from "../src/ops/finite.ts";
import { softmaxCrossEntropyGradientSamples, softmaxCrossEntropySamples } from "../src/ops/losses.ts";
import { matmulSamples } from "../src/ops/matmul.ts";
import { batchNormInferenceSamples, batchNormSamples } from "../src/ops/normalize.ts";
import { randomBernoulliSamples, randomNormalSamples, randomTruncatedNormalSamples, randomUniformSamples } from "../src/ops/random.ts";
import { maxSamples, minSamples, sumSamples } from "../src/ops/reduce.ts";
import { logSoftmaxSamples, softmaxSamples } from "../src/ops/softmax.ts";
import { adaGradSamples, momentumSamples, nesterovSamples, sgdSamples } from "../src/ops/update.ts";
import { adamSamples, adamWSamples, rmsPropCenteredMomentumSamples, rmsPropCenteredSamples, rmsPropMomentumSamples, rmsPropSamples } from "../src/ops/updateAdaptive.ts";
import type { Samples } from "../src/ops/sample.ts";

/** The samples of every primitive: what the generated tests and the gradient-check suite run on. */
export const allSamples: readonly Samples[] = [
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
  clipSamples,
  equalSamples,
  notEqualSamples,
  lessSamples,
  lessEqualSamples,
  greaterSamples,
  greaterEqualSamples,
  whereSamples,
  toFloatSamples,
  firstNonFiniteSamples,
  softmaxCrossEntropySamples,
  softmaxCrossEntropyGradientSamples,
  matmulSamples,
  batchNormSamples,
  batchNormInferenceSamples,
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
