// The public surface: named exports, nothing else.

// Gradients
export { customGradient } from "./autograd/customGradient.ts";
export { type GradientsOf, grad, valueAndGrad } from "./autograd/grad.ts";
export { type GradientCheckOptions, gradientCheck } from "./autograd/gradientCheck.ts";
export type { GradientDifference, GradientReport } from "./autograd/gradientReport.ts";
export { type Constraint, type Regularizer, Variable, type VariableOptions } from "./autograd/variable.ts";
export type { Variant } from "./base/variant.ts";
export type { Batches, BatchSource, TrainingData } from "./data/batchSource.ts";
// Data
export {
  type Dataset,
  type DatasetOptions,
  dataset,
  type Selection,
  type SplitOptions,
  split,
  take,
} from "./data/dataset.ts";
export { type Digits, type DigitsOptions, loadDigits } from "./data/digits.ts";
export { decodeIdx, encodeIdx, type IdxArray, type IdxOf, type IdxType, readIdx, writeIdx } from "./data/idx.ts";
export { type Fold, type Folds, type KFoldOptions, kFold } from "./data/kFold.ts";
export { type Batch, type Minibatches, type MinibatchOptions, minibatches } from "./data/minibatches.ts";
export { loadMnist, type Mnist, type MnistOptions } from "./data/mnist.ts";
export { mnistMirrors } from "./data/mnistFiles.ts";
// Files
export type { FileSource } from "./io/fileSource.ts";
export { type LoadModelOptions, loadModel } from "./io/loadModel.ts";
export {
  type CheckpointFiles,
  type LoadVariablesOptions,
  loadVariables,
  type VariablesSource,
} from "./io/loadVariables.ts";
export type { ModelClass } from "./io/modelFile.ts";
export { encodeNpz } from "./io/npz.ts";
export { registerFunction, registerLayer } from "./io/registry.ts";
export { type RestoreOptions, restore } from "./io/restore.ts";
export {
  type DecodeOptions,
  decodeSafetensors,
  type EncodeOptions,
  encodeSafetensors,
  type Safetensors,
} from "./io/safetensors.ts";
export { encodeModel, saveModel } from "./io/saveModel.ts";
export { type SaveVariablesOptions, saveVariables } from "./io/saveVariables.ts";
// Layers
export { Activation, type ActivationOptions } from "./layers/activation.ts";
export type { ActivationFunction, ActivationName } from "./layers/activations.ts";
export type { AssignOptions, AssignReport, NamedTensors } from "./layers/assign.ts";
export { BatchNorm } from "./layers/batchNorm.ts";
export type { Adjustment, BatchNormOptions, RenormClipping } from "./layers/batchNormOptions.ts";
export { type MaxNormOptions, maxNorm, nonNegative, type UnitNormOptions, unitNorm } from "./layers/constraints.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { Dropout, type DropoutOptions } from "./layers/dropout.ts";
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  type InitializerName,
  lecunNormal,
  lecunUniform,
  type NormalInitializerOptions,
  normal,
  truncatedNormal,
  uniform,
  type VarianceScalingOptions,
  varianceScaling,
} from "./layers/initializers.ts";
export { Layer } from "./layers/layer.ts";
export type { CallOptions, LayerConfig, LayerOptions, LayerVariant } from "./layers/layerOptions.ts";
export type { LayerVariableOptions } from "./layers/layerVariable.ts";
export { OneHot, type OneHotOptions, type UnknownRule } from "./layers/oneHot.ts";
export { PReLU, type PReLUOptions } from "./layers/prelu.ts";
export { type L1L2Options, type L2Options, l1, l1l2, l2 } from "./layers/regularizers.ts";
export { RReLU, type RReLUOptions } from "./layers/rrelu.ts";
export { type PredictOptions, Sequential, type SequentialOptions } from "./layers/sequential.ts";
export { Standardize, type StandardizeOptions } from "./layers/standardize.ts";
export type {
  BooleanColumn,
  BooleanTarget,
  CategoryColumn,
  CategoryTarget,
  EncodedColumn,
  EncodedTarget,
  NumberColumn,
  NumberTarget,
} from "./layers/tableColumns.ts";
export { TableEncoder, type TableEncoderOptions } from "./layers/tableEncoder.ts";
export { affine } from "./ops/affine.ts";
export { argMax } from "./ops/argMax.ts";
export { abs, add, div, maximum, minimum, mul, neg, sub } from "./ops/arithmetic.ts";
export { batchNormInference } from "./ops/batchNormInference.ts";
export { type BatchNormResult, batchNormTraining } from "./ops/batchNormTraining.ts";
export { broadcastTo, sum } from "./ops/broadcast.ts";
export { type ClipOptions, clip } from "./ops/clip.ts";
export { type ClipNormOptions, clipNorm } from "./ops/clipNorm.ts";
export { equal, greater, greaterEqual, less, lessEqual, notEqual, where } from "./ops/compare.ts";
export { concat, stack } from "./ops/concat.ts";
export {
  type BernoulliOptions,
  type NormalOptions,
  type RandomOptions,
  randomBernoulli,
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
  type UniformOptions,
} from "./ops/distributions.ts";
export { type DropoutOptions as DropoutFunctionOptions, dropout } from "./ops/dropout.ts";
export { gather } from "./ops/gather.ts";
export { type GeluOptions, gelu } from "./ops/gelu.ts";
export { inTopK } from "./ops/inTopK.ts";
export { logSumExp } from "./ops/logSumExp.ts";
export { sigmoidCrossEntropy, softmaxCrossEntropy } from "./ops/losses.ts";
export type { LossOptions } from "./ops/lossOptions.ts";
export { type MatmulOptions, matmul } from "./ops/matmul.ts";
export { oneHot } from "./ops/oneHot.ts";
export type { Operand } from "./ops/operands.ts";
export type { BatchNormOptions as BatchNormFunctionOptions } from "./ops/perChannel.ts";
export { randomPermutation } from "./ops/permutation.ts";
export { exp, log, pow, sqrt, square } from "./ops/powers.ts";
// Operations
export { elu, leakyRelu, relu, selu } from "./ops/rectifier.ts";
export { max, mean, min, variance } from "./ops/reduce.ts";
export type { ReduceOptions } from "./ops/reduction.ts";
export { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from "./ops/regressionLosses.ts";
export { reshape } from "./ops/reshape.ts";
export { slice } from "./ops/slice.ts";
export { erf, sigmoid, silu, softplus, tanh } from "./ops/smooth.ts";
export { type AxisOptions, logSoftmax, softmax } from "./ops/softmax.ts";
export { stopGradient } from "./ops/stopGradient.ts";
export { type FloatOptions, toFloat } from "./ops/toFloat.ts";
export { transpose } from "./ops/transpose.ts";
// Optimizers
export { Adadelta, type AdadeltaOptions } from "./optim/adadelta.ts";
export { AdaGrad, type AdaGradOptions } from "./optim/adaGrad.ts";
export { Adam, type AdamOptions } from "./optim/adam.ts";
export { Adamax, type AdamaxOptions } from "./optim/adamax.ts";
export { AdamW, type AdamWOptions } from "./optim/adamW.ts";
export { type ClipByGlobalNormOptions, clipByGlobalNorm, clipByNorm, clipByValue } from "./optim/clip.ts";
export type { Gradients, GradientTransform } from "./optim/gradients.ts";
export { Lion, type LionOptions } from "./optim/lion.ts";
export type { LossAndGradients, MinimizeOptions } from "./optim/lossGradients.ts";
export { Momentum, type MomentumOptions } from "./optim/momentum.ts";
export { NAdam, type NAdamOptions } from "./optim/nAdam.ts";
export { Nesterov, type NesterovOptions } from "./optim/nesterov.ts";
export { Optimizer } from "./optim/optimizer.ts";
export type { OptimizerOptions } from "./optim/options.ts";
export { RMSProp, type RMSPropOptions } from "./optim/rmsProp.ts";
export {
  type ExponentialDecayOptions,
  exponentialDecay,
  inverseTimeDecay,
  type PolynomialDecayOptions,
  polynomialDecay,
  type Schedule,
} from "./optim/schedule.ts";
export {
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  cosineDecay,
  cosineDecayRestarts,
} from "./optim/scheduleCosine.ts";
export { type OneCycleOptions, oneCycle } from "./optim/scheduleOneCycle.ts";
export { type PiecewiseConstantOptions, piecewiseConstant } from "./optim/schedulePiecewise.ts";
export {
  type Plateau,
  type PlateauState,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
} from "./optim/schedulePlateau.ts";
export { type LinearWarmUpOptions, linearWarmUp } from "./optim/scheduleWarmUp.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
export type { OptimizerState, VariableState } from "./optim/slots.ts";
export type { WatchedStep } from "./optim/watchers.ts";
export { availableBackends, type Backend, getBackend, setBackend } from "./tensor/backend.ts";
// Tensors
export type { DType, TensorType, TypedArray } from "./tensor/dtype.ts";
export {
  DataError,
  DTypeError,
  GradientError,
  GradusError,
  type NonFiniteDetails,
  NonFiniteError,
  type NonFiniteOrigin,
  OutOfMemoryError,
  ShapeError,
  StaleTensorError,
  ValueError,
} from "./tensor/errors.ts";
export type { PlainOptions } from "./tensor/plainOptions.ts";
export { Random, type RandomState } from "./tensor/random.ts";
export type { Shape } from "./tensor/shape.ts";
export {
  type CreateOptions,
  fill,
  keep,
  type NestedArray,
  ones,
  range,
  Tensor,
  type TensorOptions,
  tensor,
  zeros,
} from "./tensor/tensor.ts";
// Threads
export { getThreads, setThreads, type Threads } from "./threads/setThreads.ts";
// Training
export {
  type BinaryAccuracyOptions,
  binaryAccuracy,
  type TopKAccuracyOptions,
  topKAccuracy,
} from "./train/accuracies.ts";
export { accuracy } from "./train/accuracy.ts";
export { type CachedActivations, type CacheOptions, cacheActivations } from "./train/cacheActivations.ts";
export type { Callback, StopOptions, TrainingRun } from "./train/callback.ts";
export {
  type BestCheckpoints,
  type BestEpoch,
  type CheckpointsOptions,
  type CheckpointTarget,
  checkpoints,
} from "./train/checkpoints.ts";
export { balancedClassWeights, type ClassWeights } from "./train/classWeights.ts";
export {
  type ClassMetricName,
  type ClassMetricOptions,
  type ClassScores,
  type ConfusionMatrix,
  confusionMatrix,
  f1Score,
  precision,
  recall,
} from "./train/confusionMatrix.ts";
export { csvLog } from "./train/csvLog.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./train/earlyStopping.ts";
export type { EpochRecord, Monitor } from "./train/epochRecord.ts";
export { type EvaluateOptions, type Evaluation, type EvaluationWith, evaluate } from "./train/evaluate.ts";
export { fit } from "./train/fit.ts";
export type { FitOptions } from "./train/fitOptions.ts";
export { History, type HistoryJson } from "./train/history.ts";
export type {
  ActivationInspection,
  ClassInspection,
  Histogram,
  Inspection,
  Mistake,
  OutputInspection,
  Residual,
  SetupInspection,
  ValueInspection,
  VariableInspection,
} from "./train/inspection.ts";
export { jsonLog } from "./train/jsonLog.ts";
export { learningRateByEpoch } from "./train/learningRateByEpoch.ts";
export { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from "./train/loadCheckpoint.ts";
export type { LogOptions, LogTarget } from "./train/logTarget.ts";
export type { Loss } from "./train/loss.ts";
export {
  type Metric,
  type MetricCallOptions,
  type MetricLike,
  type MetricOptions,
  type MetricValues,
  metric,
  weighted,
} from "./train/metric.ts";
export type { MetricState } from "./train/metricSums.ts";
export type { CallbackState, EpochCut, EpochProgress, TrainingPlace } from "./train/position.ts";
export { type ProgressBarOptions, type ProgressOutput, progressBar } from "./train/progressBar.ts";
export { type ProgressElementOptions, type ProgressHost, progressElement } from "./train/progressElement.ts";
export { rSquared } from "./train/rSquared.ts";
export { type CheckpointContents, encodeCheckpoint, saveCheckpoint } from "./train/saveCheckpoint.ts";
