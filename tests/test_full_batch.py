"""Full-batch training: against PyTorch's own loop and dense Hessians along the way."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import SGD

from d2l_ext import network, train_full_batch

DRAW = torch.Generator().manual_seed(5)
X = torch.randn(30, 4, generator=DRAW, dtype=torch.float64)
Y = torch.randn(30, 2, generator=DRAW, dtype=torch.float64)
make = partial(network, [4, 6, 2], gain=1.2, seed=1, dtype=torch.float64)


def loss(model):
    return (model(X) - Y).square().sum(1).mean() / 2


def dense(model):
    names, tensors = zip(*model.named_parameters(), strict=True)

    def of(flat):
        pieces = flat.split([t.numel() for t in tensors])
        given = {n: p.view(t.shape) for n, p, t in zip(names, pieces, tensors, strict=True)}
        return (torch.func.functional_call(model, given, (X,)) - Y).square().sum(1).mean() / 2

    flat = torch.cat([t.detach().reshape(-1) for t in tensors])
    return torch.linalg.eigvalsh(torch.func.hessian(of)(flat)).flip(0).numpy()


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # from inside torch.func
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_it_is_the_loop_one_would_write_and_measures_what_dense_hessians_say(momentum):
    optimizer = partial(SGD, lr=0.1, momentum=momentum)
    run = train_full_batch(make(), loss, optimizer, steps=45, every=20, k=3)
    model = make()
    plain, losses, spectra = optimizer(model.parameters()), [], []
    for step in range(46):
        plain.zero_grad()
        value = loss(model)
        losses.append(value.item())
        if step % 20 == 0:
            spectra.append(dense(model)[:3])
        value.backward()
        plain.step()
    np.testing.assert_allclose(run.loss, losses, rtol=1e-12)
    assert run.probed.tolist() == [0, 20, 40]
    np.testing.assert_allclose(run.eigenvalues, spectra, rtol=1e-3)
    assert (run.sharpness == run.eigenvalues[:, 0]).all()
    assert (run.hyper["lr"], run.hyper["momentum"]) == (0.1, momentum)


def test_probes_change_nothing_and_the_model_ends_after_all_steps():
    model = make()
    often = train_full_batch(model, loss, partial(SGD, lr=0.1), steps=30, every=1)
    seldom = train_full_batch(make(), loss, partial(SGD, lr=0.1), steps=30, every=100)
    np.testing.assert_allclose(often.loss, seldom.loss, rtol=1e-13)
    assert often.loss[-1] == pytest.approx(loss(model).item(), rel=1e-12)
    assert len(often.probed) == 31


def test_a_run_that_diverges_ends_there():
    run = train_full_batch(make(), loss, partial(SGD, lr=1e6), steps=300, every=50)
    assert 1 < len(run.loss) < 301 and not np.isfinite(run.loss[-1]) and np.isfinite(run.loss[:-1]).all()
    assert len(run.probed) == len(run.eigenvalues)


def test_a_seed_decides_a_network_and_nothing_global_does():
    torch.manual_seed(0)
    first = torch.get_rng_state()
    one, same, other = make(), make(), make(seed=2)
    assert torch.equal(torch.get_rng_state(), first)
    assert torch.equal(one[0].weight, same[0].weight) and not torch.equal(one[0].weight, other[0].weight)
    assert not one[0].bias.any() and [type(part) for part in one] == [nn.Linear, nn.Tanh, nn.Linear]
    wide = network([900, 400], gain=0.7)
    assert wide[0].weight.std().item() == pytest.approx(0.7 / 30, rel=0.01)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="loss must give a scalar tensor"):
        train_full_batch(make(), lambda model: model(X), partial(SGD, lr=0.1), steps=1)
    with pytest.raises(TypeError, match="optimizer must make a torch.optim.Optimizer"):
        train_full_batch(make(), loss, lambda p: 0.1, steps=1)
    with pytest.raises(ValueError, match="every must be >= 1, got 0"):
        train_full_batch(make(), loss, partial(SGD, lr=0.1), steps=1, every=0)
    with pytest.raises(ValueError, match="sizes must hold an input and an output"):
        network([4])
