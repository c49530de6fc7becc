// The public surface: named exports, nothing else.

export { type GradientCheckOptions, gradientCheck } from "./autograd/check/gradientCheck.ts";
export type { GradientDifference, GradientReport } from "./autograd/check/gradientReport.ts";
// Gradients
export { customGradient } from "./autograd/customGradient.ts";
export { type GradientsOf, grad, valueAndGrad } from "./autograd/grad.ts";
export type { GradValues, StepValues } from "./autograd/stepValues.ts";
export { Variable } from "./autograd/variable.ts";
export type { Constraint, Regularizer, VariableOptions } from "./autograd/variableOptions.ts";
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
} from "./base/errors.ts";
export type { PlainOptions } from "./base/plainOptions.ts";
export type { Variant } from "./base/variant.ts";
export type { Batches, BatchSource, TrainingData } from "./data/batchSource.ts";
// Data
export {
  type AnyDataset,
  type Dataset,
  type DatasetOptions,
  dataset,
  type Selection,
  type SplitOptions,
  split,
  take,
} from "./data/dataset.ts";
export { type Digits, type DigitsOptions, loadDigits } from "./data/digits.ts";
// Files
export type { FileSource } from "./data/fileSource.ts";
export { decodeIdx, encodeIdx, type IdxArray, type IdxOf, type IdxType, readIdx, writeIdx } from "./data/idx.ts";
export { type Fold, type Folds, type KFoldOptions, kFold } from "./data/kFold.ts";
export { type AnyBatch, type Batch, type Minibatches, type MinibatchOptions, minibatches } from "./data/minibatches.ts";
export { loadMnist, type Mnist, type MnistOptions } from "./data/mnist.ts";
export { mnistMirrors } from "./data/mnistFiles.ts";
export type { TensorOrNamed } from "./data/tensorOrNamed.ts";
export { encodeNpz } from "./io/formats/npz.ts";
export {
  type DecodeOptions,
  decodeSafetensors,
  type EncodeOptions,
  encodeSafetensors,
  type Safetensors,
} from "./io/formats/safetensors.ts";
export { type LoadModelOptions, loadModel } from "./io/model/loadModel.ts";
export type { ModelClass } from "./io/model/modelFile.ts";
export { registerFunction, registerLayer } from "./io/model/registry.ts";
export { encodeModel, saveModel } from "./io/model/saveModel.ts";
export {
  type CheckpointFiles,
  type LoadVariablesOptions,
  loadVariables,
  type VariablesSource,
} from "./io/variables/loadVariables.ts";
export { type RestoreOptions, restore } from "./io/variables/restore.ts";
export { type SaveVariablesOptions, saveVariables } from "./io/variables/saveVariables.ts";
// Layers
export { Activation, type ActivationOptions } from "./layers/activation.ts";
export { RandomFlip, type RandomFlipOptions } from "./layers/augmentation/randomFlip.ts";
export { RandomRotation, type RandomRotationOptions } from "./layers/augmentation/randomRotation.ts";
export { RandomShift, type RandomShiftOptions } from "./layers/augmentation/randomShift.ts";
export type { AugmentationOptions, Factor } from "./layers/augmentation/randomTransform.ts";
export { RandomZoom, type RandomZoomOptions } from "./layers/augmentation/randomZoom.ts";
export type { ActivationFunction, ActivationName } from "./layers/base/activations.ts";
export type { AssignOptions, AssignReport } from "./layers/base/assign.ts";
export {
  type MaxNormOptions,
  maxNorm,
  nonNegative,
  type UnitNormOptions,
  unitNorm,
} from "./layers/base/constraints.ts";
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
} from "./layers/base/initializers.ts";
export { Layer } from "./layers/base/layer.ts";
export type { LayerInputs, Several } from "./layers/base/layerInputs.ts";
export type { CallOptions, LayerConfig, LayerOptions, LayerVariant } from "./layers/base/layerOptions.ts";
export type { LayerVariableOptions } from "./layers/base/layerVariable.ts";
export type { NamedTensors } from "./layers/base/namedTensors.ts";
export { type L1L2Options, type L2Options, l1, l1l2, l2 } from "./layers/base/regularizers.ts";
export { Conv1D, type Conv1DOptions } from "./layers/convolution/conv1dLayer.ts";
export { Conv2D, type Conv2DOptions } from "./layers/convolution/conv2dLayer.ts";
export { Conv2DTranspose, type Conv2DTransposeOptions } from "./layers/convolution/conv2dTransposeLayer.ts";
export type { ImageWindowOptions } from "./layers/convolution/convOptions.ts";
export {
  DepthwiseConv2D,
  type DepthwiseConv2DOptions,
  type DepthwiseOptions,
} from "./layers/convolution/depthwiseConv2dLayer.ts";
export { SeparableConv2D, type SeparableConv2DOptions } from "./layers/convolution/separableConv2d.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { Dropout, type DropoutOptions } from "./layers/dropoutLayer.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embeddingLayer.ts";
export {
  Add,
  Average,
  Concatenate,
  type ConcatenateOptions,
  Maximum,
  type MergeInputs,
  Minimum,
  Multiply,
  Subtract,
} from "./layers/functional/merge.ts";
export { Model, type ModelOptions, type OutputDescription, type RunOptions } from "./layers/functional/model.ts";
export { type InputDescription, type InputOptions, input } from "./layers/functional/symbol.ts";
export {
  AveragePooling1D,
  type AveragePooling1DOptions,
  AveragePooling2D,
  type AveragePooling2DOptions,
} from "./layers/image/averagePooling.ts";
export { Flatten } from "./layers/image/flatten.ts";
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  type GlobalPoolingOptions,
} from "./layers/image/globalPooling.ts";
export {
  MaxPooling1D,
  type MaxPooling1DOptions,
  MaxPooling2D,
  type MaxPooling2DOptions,
} from "./layers/image/maxPooling.ts";
export { Reshape, type ReshapeOptions } from "./layers/image/reshapeLayer.ts";
export { ZeroPadding2D, type ZeroPadding2DOptions } from "./layers/image/zeroPadding.ts";
export type { LayeredModel } from "./layers/layeredModel.ts";
export { BatchNorm } from "./layers/normalization/batchNorm.ts";
export type { Adjustment, BatchNormOptions, RenormClipping } from "./layers/normalization/batchNormOptions.ts";
export { LayerNorm, type LayerNormOptions } from "./layers/normalization/layerNormLayer.ts";
export type { PredictOptions } from "./layers/predict.ts";
export { PReLU, type PReLUOptions } from "./layers/prelu.ts";
export { OneHot, type OneHotOptions, type UnknownRule } from "./layers/preprocessing/oneHotLayer.ts";
export { Standardize, type StandardizeOptions } from "./layers/preprocessing/standardize.ts";
export type {
  BooleanColumn,
  BooleanTarget,
  CategoryColumn,
  CategoryTarget,
  EncodedColumn,
  EncodedTarget,
  NumberColumn,
  NumberTarget,
} from "./layers/preprocessing/tableColumns.ts";
export { TableEncoder, type TableEncoderOptions } from "./layers/preprocessing/tableEncoder.ts";
export { RReLU, type RReLUOptions } from "./layers/rrelu.ts";
export { Sequential, type SequentialOptions } from "./layers/sequential.ts";
export { type Conv1dOptions, conv1d } from "./ops/convolution/conv1d.ts";
export { type BiasOption, type Conv2dOptions, conv2d } from "./ops/convolution/conv2d.ts";
export { type Conv2dTransposeOptions, conv2dTranspose } from "./ops/convolution/conv2dTranspose.ts";
export { type DepthwiseConv2dOptions, depthwiseConv2d } from "./ops/convolution/depthwiseConv2d.ts";
export type { Margins, Pair, WindowOptions } from "./ops/convolution/geometry.ts";
export { abs, add, div, maximum, minimum, mul, neg, sub } from "./ops/elementwise/arithmetic.ts";
export { type ClipOptions, clip } from "./ops/elementwise/clip.ts";
export { equal, greater, greaterEqual, less, lessEqual, notEqual, where } from "./ops/elementwise/compare.ts";
export { type GeluOptions, gelu } from "./ops/elementwise/gelu.ts";
export { isFinite, isNaN, logicalAnd, logicalNot, logicalOr } from "./ops/elementwise/logic.ts";
export { exp, expm1, log, log1p, pow, sqrt, square } from "./ops/elementwise/powers.ts";
// Operations
export { elu, leakyRelu, relu, selu } from "./ops/elementwise/rectifier.ts";
export { ceil, floor, round, sign } from "./ops/elementwise/rounding.ts";
export { erf, sigmoid, silu, softplus, tanh } from "./ops/elementwise/smooth.ts";
export { cos, sin } from "./ops/elementwise/trigonometric.ts";
export { affineTransform, type FillMode, type Interpolation, type WarpOptions } from "./ops/image/affineTransform.ts";
export { type ResizeMethod, type ResizeOptions, resize } from "./ops/image/resize.ts";
export { affine } from "./ops/matmul/affine.ts";
export { einsum } from "./ops/matmul/einsum.ts";
export { type MatmulOptions, matmul } from "./ops/matmul/matmul.ts";
export { batchNormInference } from "./ops/network/batchNormInference.ts";
export { type BatchNormResult, batchNormTraining } from "./ops/network/batchNormTraining.ts";
export { type DropoutOptions as DropoutFunctionOptions, dropout } from "./ops/network/dropout.ts";
export { embedding } from "./ops/network/embedding.ts";
export { inTopK } from "./ops/network/inTopK.ts";
export { type LayerNormOptions as LayerNormFunctionOptions, layerNorm } from "./ops/network/layerNorm.ts";
export {
  type SigmoidCrossEntropyOptions,
  type SoftmaxCrossEntropyOptions,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from "./ops/network/losses.ts";
export type { LossOptions } from "./ops/network/lossOptions.ts";
export type { BatchNormOptions as BatchNormFunctionOptions } from "./ops/network/perChannel.ts";
export { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from "./ops/network/regressionLosses.ts";
export { averagePool1d, averagePool2d } from "./ops/pooling/averagePool.ts";
export { maxPool1d, maxPool2d } from "./ops/pooling/maxPool.ts";
export type {
  AveragePool1dOptions,
  AveragePool2dOptions,
  Pool1dOptions,
  Pool2dOptions,
} from "./ops/pooling/windows.ts";
export { type CategoricalOptions, randomCategorical } from "./ops/random/categorical.ts";
export {
  type BernoulliOptions,
  type NormalOptions,
  randomBernoulli,
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
  type UniformOptions,
} from "./ops/random/distributions.ts";
export { randomPermutation } from "./ops/random/permutation.ts";
export { all, any } from "./ops/reduce/anyAll.ts";
export { argMax } from "./ops/reduce/argMax.ts";
export { type ClipNormOptions, clipNorm } from "./ops/reduce/clipNorm.ts";
export { type CumsumOptions, cumsum } from "./ops/reduce/cumsum.ts";
export { logSumExp } from "./ops/reduce/logSumExp.ts";
export { type NormOptions, norm } from "./ops/reduce/norm.ts";
export { prod } from "./ops/reduce/prod.ts";
export { max, mean, min, type VarianceOptions, variance } from "./ops/reduce/reduce.ts";
export { type AxisOptions, logSoftmax, softmax } from "./ops/reduce/softmax.ts";
export { argSort, sort, type TopK, topK } from "./ops/reduce/sort.ts";
export { broadcastTo, sum } from "./ops/shape/broadcast.ts";
export { concat, stack } from "./ops/shape/concat.ts";
export { type DiagOptions, diag } from "./ops/shape/diag.ts";
export { type AxesOptions, expandDims, squeeze } from "./ops/shape/expandDims.ts";
export { flip } from "./ops/shape/flip.ts";
export { gather } from "./ops/shape/gather.ts";
export { oneHot } from "./ops/shape/oneHot.ts";
export { type PadOptions, pad } from "./ops/shape/pad.ts";
export type { ReduceOptions } from "./ops/shape/reduction.ts";
export { reshape } from "./ops/shape/reshape.ts";
export { slice } from "./ops/shape/slice.ts";
export { tensorSplit } from "./ops/shape/tensorSplit.ts";
export { tile } from "./ops/shape/tile.ts";
export { transpose } from "./ops/shape/transpose.ts";
export { keep } from "./ops/support/keep.ts";
export type { Operand } from "./ops/support/operands.ts";
export { stopGradient } from "./ops/support/stopGradient.ts";
export { type FloatOptions, toFloat } from "./ops/support/toFloat.ts";
// Optimizers
export { Adadelta, type AdadeltaOptions } from "./optim/adadelta.ts";
export { AdaGrad, type AdaGradOptions } from "./optim/adaGrad.ts";
export { Adam, type AdamOptions } from "./optim/adam.ts";
export { Adamax, type AdamaxOptions } from "./optim/adamax.ts";
export { AdamW, type AdamWOptions } from "./optim/adamW.ts";
export { Lion, type LionOptions } from "./optim/lion.ts";
export { Momentum, type MomentumOptions } from "./optim/momentum.ts";
export { NAdam, type NAdamOptions } from "./optim/nAdam.ts";
export { Nesterov, type NesterovOptions } from "./optim/nesterov.ts";
export {
  type ClipByGlobalNormOptions,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
} from "./optim/optimizer/gradientClipping.ts";
export type { Gradients, GradientTransform } from "./optim/optimizer/gradients.ts";
export type {
  LossAndGradients,
  LossAndGradientsOf,
  LossValues,
  MinimizeOptions,
} from "./optim/optimizer/lossGradients.ts";
export { Optimizer } from "./optim/optimizer/optimizer.ts";
export type { OptimizerOptions, WeightDecayOptions } from "./optim/optimizer/optimizerOptions.ts";
export type { OptimizerState, VariableState } from "./optim/optimizer/slots.ts";
export type { WatchedStep } from "./optim/optimizer/watchers.ts";
export { RMSProp, type RMSPropOptions } from "./optim/rmsProp.ts";
export {
  type ExponentialDecayOptions,
  exponentialDecay,
  inverseTimeDecay,
  type PolynomialDecayOptions,
  polynomialDecay,
  type Schedule,
} from "./optim/schedules/schedule.ts";
export {
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  cosineDecay,
  cosineDecayRestarts,
} from "./optim/schedules/scheduleCosine.ts";
export { type OneCycleOptions, oneCycle } from "./optim/schedules/scheduleOneCycle.ts";
export { type PiecewiseConstantOptions, piecewiseConstant } from "./optim/schedules/schedulePiecewise.ts";
export type { PlateauState, ReduceOnPlateauOptions } from "./optim/schedules/schedulePlateau.ts";
export { type LinearWarmUpOptions, linearWarmUp } from "./optim/schedules/scheduleWarmUp.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
// Tensors
export type { DType, TensorType, TypedArray } from "./tensor/dtype.ts";
export { availableBackends, type Backend, getBackend, setBackend } from "./tensor/interpret/backend.ts";
export { Random, type RandomOptions, type RandomState } from "./tensor/random.ts";
export { type Compiled, compile } from "./tensor/record/compile.ts";
export type { Shape } from "./tensor/shape.ts";
export {
  type CreateOptions,
  fill,
  ones,
  range,
  Tensor,
  type TensorOptions,
  tensor,
  zeros,
} from "./tensor/tensor.ts";
export type { NestedArray, TensorValues } from "./tensor/tensorValues.ts";
// Threads
export { getThreads, setThreads, type Threads } from "./threads/setThreads.ts";
export type { CallbackState, EpochCut, EpochProgress, TrainingPlace } from "./train/batches/position.ts";
export { type CachedActivations, type CacheOptions, cacheActivations } from "./train/cacheActivations.ts";
export type { Callback, StopOptions, TrainingRun } from "./train/callbacks/callback.ts";
export { csvLog } from "./train/callbacks/csvLog.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./train/callbacks/earlyStopping.ts";
export { jsonLog } from "./train/callbacks/jsonLog.ts";
export { learningRateByEpoch } from "./train/callbacks/learningRateByEpoch.ts";
export type { LogOptions, LogTarget } from "./train/callbacks/logTarget.ts";
export { type ProgressBarOptions, type ProgressOutput, progressBar } from "./train/callbacks/progressBar.ts";
export { type ProgressElementOptions, type ProgressHost, progressElement } from "./train/callbacks/progressElement.ts";
export { type Plateau, reduceOnPlateau } from "./train/callbacks/reduceOnPlateau.ts";
export {
  type BestCheckpoints,
  type BestEpoch,
  type CheckpointsOptions,
  type CheckpointTarget,
  checkpoints,
} from "./train/checkpoint/checkpoints.ts";
export { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from "./train/checkpoint/loadCheckpoint.ts";
export { type CheckpointContents, encodeCheckpoint, saveCheckpoint } from "./train/checkpoint/saveCheckpoint.ts";
export { balancedClassWeights, type ClassWeights } from "./train/evaluate/classWeights.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  type EvaluationByOutput,
  type EvaluationWith,
  evaluate,
} from "./train/evaluate/evaluate.ts";
export { fit } from "./train/fit/fit.ts";
export type { FitOptions } from "./train/fit/fitOptions.ts";
export type { EpochRecord, Monitor } from "./train/history/epochRecord.ts";
export { History, type HistoryJson } from "./train/history/history.ts";
export type {
  ActivationInspection,
  ClassInspection,
  ExampleInspection,
  FeatureMapInspection,
  FilterInspection,
  Histogram,
  Inspection,
  Mistake,
  OutputInspection,
  Residual,
  SetupInspection,
  ValueInspection,
  VariableInspection,
} from "./train/history/inspection.ts";
// Training
export {
  type BinaryAccuracyOptions,
  binaryAccuracy,
  type TopKAccuracyOptions,
  topKAccuracy,
} from "./train/metrics/accuracies.ts";
export { accuracy } from "./train/metrics/accuracy.ts";
export {
  type ClassMetricName,
  type ClassMetricOptions,
  type ClassScores,
  type ConfusionMatrix,
  confusionMatrix,
  f1Score,
  precision,
  recall,
} from "./train/metrics/confusionMatrix.ts";
export type { Loss } from "./train/metrics/loss.ts";
export {
  type Metric,
  type MetricCallOptions,
  type MetricLike,
  type MetricOptions,
  type MetricValues,
  metric,
  weighted,
} from "./train/metrics/metric.ts";
export type { MetricState } from "./train/metrics/metricSums.ts";
export type { LossOption, MetricsOption } from "./train/metrics/objective.ts";
export { rSquared } from "./train/metrics/rSquared.ts";
