/** Classes that generated programs need where PyTorch has none that computes the same, by name. */
export const helperClasses: Readonly<Record<string, string>> = {
  BatchNorm: `class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalization of TensorFlow and Keras: the running variance follows the biased variance of the batch.

    The statistics are those of the whole batch, also where several processes share it.
    """

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        dims = [0, *range(2, x.dim())]
        shape = [1, -1] + [1] * (x.dim() - 2)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            total = torch.distributed.nn.all_reduce
            count = total(torch.tensor(float(x.numel() // x.shape[1]), device=x.device))
            mean = total(x.sum(dims)) / count
            variance = total((x - mean.view(shape)).square().sum(dims)) / count
        else:
            mean = x.mean(dims)
            variance = x.var(dims, unbiased=False)
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        y = (x - mean.view(shape)) / (variance.view(shape) + self.eps).sqrt()
        if self.weight is not None:
            y = y * self.weight.view(shape)
        return y if self.bias is None else y + self.bias.view(shape)`,
  Standardize: `class Standardize(nn.Module):
    """(x - mean) / sqrt(variance), with moments of the training data; a feature that never varies becomes 0."""

    def __init__(self, shape, missing):
        super().__init__()
        self.missing = missing
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("variance", torch.ones(shape))

    def forward(self, x):
        variance = torch.where(self.variance > 0, self.variance, torch.ones_like(self.variance))
        y = (x - self.mean) / variance.sqrt()
        return torch.where(torch.isnan(y), torch.zeros_like(y), y) if self.missing else y`,
  OneHot: `class OneHot(nn.Module):
    """Numbers of categories as vectors: 1 at the place of the category, 0 elsewhere; columns side by side."""

    def __init__(self, depths, unknown):
        super().__init__()
        self.depths = depths
        self.unknown = unknown

    def forward(self, x):
        columns = x.reshape(-1, len(self.depths))
        parts = [
            (columns[:, column, None] == torch.arange(depth, device=x.device)).float()
            for column, depth in enumerate(self.depths)
        ]
        unknown = [1 - part.sum(1, keepdim=True) for part in parts]
        if self.unknown == "error" and any(bool(column.any()) for column in unknown):
            raise ValueError("OneHot: each number must be one of the categories")
        return torch.cat(parts + unknown if self.unknown == "slot" else parts, dim=1)`,
};
