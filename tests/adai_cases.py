"""Adai's equations written down plainly, and problems to try an optimizer on."""

import torch
from torch import nn

from d2l_ext.optim import Adai, AdaiV2, AdaiW

# A class, and hyperparameters beside lr.
VARIANTS = [
    (Adai, {}),
    (Adai, {"weight_decay": 0.05}),
    (Adai, {"weight_decay": 0.05, "decoupled": True}),
    (AdaiW, {"weight_decay": 0.05, "betas": (0.3, 0.9)}),
    (AdaiV2, {"dampening": 0.5, "weight_decay": 0.05}),
    (AdaiV2, {"dampening": 0.0, "decoupled": False, "weight_decay": 0.05, "eps": 0.01}),
]
IDS = [f"{made.__name__}-{'-'.join(map(str, hyper.values()))}" for made, hyper in VARIANTS]


class Plain:
    """The published equations, line by line, on lists of tensors, one list a group.

    Args:
        groups: Pairs of parameters and hyperparameters.
        decoupled: The default, which differs between the optimizers.
    """

    def __init__(self, groups, *, decoupled):
        usual = {"betas": (0.1, 0.99), "eps": 1e-3, "weight_decay": 0.0, "dampening": 1.0}
        self.groups = [(params, usual | {"decoupled": decoupled} | hyper) for params, hyper in groups]
        self.memory = {}

    @torch.no_grad()
    def step(self):
        now = []
        for params, hyper in self.groups:
            beta2, decay = hyper["betas"][1], hyper["weight_decay"]
            for p in params:
                if p.grad is None:
                    continue
                g = p.grad.clone()
                if hyper["decoupled"]:
                    p *= 1 - hyper["lr"] * decay
                else:
                    g = g + decay * p
                t, m, v, product = self.memory.get(p, (0, 0 * p, 0 * p, 0 * p + 1))
                t, v = t + 1, beta2 * v + (1 - beta2) * g**2
                now.append((p, g, hyper, t, m, v, product, v / (1 - beta2**t)))
        mean = sum(each[-1].sum() for each in now) / sum(each[0].numel() for each in now)
        for p, g, hyper, t, m, v, product, v_hat in now:
            beta0, delta = hyper["betas"][0], hyper["dampening"]
            beta1 = (1 - beta0 * (v_hat / mean) ** (1 / (3 - 2 * delta))).clamp(0, 1 - hyper["eps"])
            m = beta1 * m + (1 - beta1) ** delta * g
            product = product * beta1
            p -= hyper["lr"] * beta0 ** (1 - delta) * m / (1 - product)
            self.memory[p] = t, m, v, product


def plain(made, groups, **hyper):
    """`Plain` with the defaults of the class `made`."""
    pairs = [(params, hyper | own) for params, own in groups]
    return Plain(pairs, decoupled=made is not Adai)


SHAPES = [(40, 50), (7,), (), (3, 1, 5, 5), (1,), (200, 130), (16, 8, 3)]


def tensors(dtype=torch.float64, shapes=SHAPES, seed=0):
    """Parameters of mixed shapes; one is larger than what a bucket takes."""
    draw = torch.Generator().manual_seed(seed)
    return [
        nn.Parameter(torch.randn(shape, generator=draw, dtype=torch.float64).to(dtype)) for shape in shapes
    ]


def feed(params, step, scale=1.0):
    """Seeded gradients that pull to zero, each tensor's of its own size."""
    draw = torch.Generator().manual_seed(1000 + step)
    for k, p in enumerate(params):
        noise = torch.randn(p.shape, generator=draw, dtype=torch.float64)
        p.grad = (scale * (noise * 3.0**-k + 0.1 * p.detach().double())).to(p.dtype)


def vector(params):
    return torch.cat([p.detach().reshape(-1) for p in params])


def distance(one, other):
    """Relative to the norm of the other."""
    return float((vector(one) - vector(other)).norm() / vector(other).norm())
