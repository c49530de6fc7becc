/** Optimizers that PyTorch does not have, or not in every version, by name. */
export const optimizerClasses: Readonly<Record<"NAdam" | "Lion", string>> = {
  NAdam: `class NAdam(torch.optim.Optimizer):
    """Dozat 2016; torch.optim.NAdam computes another product of the momenta in PyTorch before 2.0."""

    def __init__(self, params, lr, betas, eps, momentum_decay):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "momentum_decay": momentum_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state.update(step=0, mu_product=1.0)
                    state.update(exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
                state["step"] += 1
                now, ahead = (
                    beta1 * (1 - 0.5 * 0.96 ** (count * group["momentum_decay"]))
                    for count in (state["step"], state["step"] + 1)
                )
                state["mu_product"] *= now
                state["exp_avg"].lerp_(parameter.grad, 1 - beta1)
                state["exp_avg_sq"].mul_(beta2).addcmul_(parameter.grad, parameter.grad, value=1 - beta2)
                denominator = (state["exp_avg_sq"] / (1 - beta2 ** state["step"])).sqrt() + group["eps"]
                rate = group["lr"] * (1 - now) / (1 - state["mu_product"])
                parameter.addcdiv_(parameter.grad, denominator, value=-rate)
                rate = group["lr"] * ahead / (1 - state["mu_product"] * ahead)
                parameter.addcdiv_(state["exp_avg"], denominator, value=-rate)`,
  Lion: `class Lion(torch.optim.Optimizer):
    """Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2."""

    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["exp_avg"] = torch.zeros_like(parameter)
                direction = state["exp_avg"].lerp(parameter.grad, 1 - beta1).sign()
                parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(direction, alpha=-group["lr"])
                state["exp_avg"].lerp_(parameter.grad, 1 - beta2)`,
};
