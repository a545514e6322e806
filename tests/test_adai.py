"""Adai, AdaiW and AdaiV2 against their equations, the stored values, and the book's rules."""

import copy
import pickle
from functools import partial

import pytest
import torch
from adai_cases import IDS, VARIANTS, distance, feed, plain, tensors, vector
from torch import nn

from d2l_ext import rules
from d2l_ext.optim import Adai, AdaiV2, AdaiW, RuleOptimizer, tiles

PARITY = 1e-13


def parameter(*values, dtype=torch.float64):
    return nn.Parameter(torch.tensor(values, dtype=dtype))


def halves(params, **second):
    return [{"params": params[:3]}, {"params": params[3:], **second}]


def twins(made, hyper, second=None, dtype=torch.float64, **how):
    """An optimizer and the plain equations on the same two groups."""
    ours, truth = tensors(dtype), tensors(dtype)
    second = second or {"lr": 0.03, "betas": (0.2, 0.95)}
    optimizer = made(halves(ours, **second), lr=0.1, **hyper, **how)
    return ours, optimizer, truth, plain(made, [(truth[:3], {}), (truth[3:], second)], lr=0.1, **hyper)


@pytest.mark.parametrize("made, hyper", VARIANTS, ids=IDS)
@pytest.mark.parametrize("scale", [1.0, 1e-9])
def test_fifty_steps_are_the_equations(made, hyper, scale):
    ours, optimizer, truth, equations = twins(made, hyper)
    for step in range(50):
        feed(ours, step, scale)
        feed(truth, step, scale)
        optimizer.step()
        equations.step()
    assert distance(ours, truth) <= PARITY
    assert distance(ours, tensors()) > 0.05 * scale  # it went somewhere


# f = (3a + q - 1)²/2 + (b/2 - q)²/2 + 0.05 a⁴ from a, b, q = 1, -2, 0.5, lr 0.1: computed apart.
STORED = [
    (Adai, {}, 1, (0.23, -1.925, 0.1)),
    (Adai, {}, 2, (-0.071473981633, -1.863068836144, -0.135270859967)),
    (Adai, {}, 3, (-0.063872637620, -1.809290113267, -0.278840413660)),
    (Adai, {}, 10, (0.664368409154, -1.547793228730, -0.721216807715)),
    (Adai, {"weight_decay": 0.05}, 1, (0.225, -1.915, 0.0975)),
    (Adai, {"weight_decay": 0.05}, 10, (0.657271585800, -1.465587895431, -0.706037097016)),
    (AdaiW, {"weight_decay": 0.05}, 1, (0.225, -1.915, 0.0975)),
    (AdaiW, {"weight_decay": 0.05}, 10, (0.650338150181, -1.465788801901, -0.696035571920)),
    (AdaiV2, {"dampening": 0.5}, 1, (0.377760576130, -1.805802876469, 0.051520953815)),
    (AdaiV2, {"dampening": 0.5}, 10, (0.731605866328, -1.018686287287, -0.546708898506)),
    (AdaiV2, {"dampening": 0.0}, 1, (0.420420356768, -1.733332573787, 0.034089091757)),
    (AdaiV2, {"dampening": 0.0}, 10, (0.695632678966, -0.783632940835, -0.459771045092)),
]


@pytest.mark.parametrize("made, hyper, steps, end", STORED)
def test_stored_values_to_all_digits(made, hyper, steps, end):
    p, q = parameter(1.0, -2.0), parameter(0.5)
    optimizer = made([p, q], lr=0.1, **hyper)
    for _ in range(steps):
        optimizer.zero_grad()
        a, b = p
        (0.5 * (3 * a + q - 1) ** 2 + 0.5 * (b / 2 - q) ** 2 + 0.05 * a**4).backward()
        optimizer.step()
    torch.testing.assert_close(vector([p, q]), torch.tensor(end, dtype=torch.float64), rtol=0, atol=1.01e-12)


V2 = {"dampening": 0.3, "weight_decay": 0.1}


@pytest.mark.parametrize(
    "rule, made, more",
    [
        (rules.adai, Adai, {}),
        (rules.adaiw, AdaiW, {"weight_decay": 0.1}),
        (rules.decoupled(rules.adai_v2), AdaiV2, V2),
        (rules.coupled(rules.adai_v2), partial(AdaiV2, decoupled=False), V2),
    ],
    ids=["adai", "adaiw", "adai_v2", "adai_v2-l2"],
)
def test_the_rule_and_the_optimizer_are_one(rule, made, more):
    hyper = {"lr": 0.1, "betas": (0.3, 0.9), **more}
    ours, theirs = tensors(), tensors()
    pair = made(ours, **hyper), RuleOptimizer(theirs, rule, **hyper)
    for step in range(50):
        for params, optimizer in zip((ours, theirs), pair, strict=True):
            feed(params, step)
            optimizer.step()
    assert distance(ours, theirs) <= PARITY


def test_the_mean_is_over_all_groups_whatever_their_counts_of_steps():
    """A group that joins late has its own bias correction in the common mean."""
    ours, truth = tensors(), tensors()
    optimizer = Adai(ours[:3], lr=0.1)
    equations = plain(Adai, [(truth[:3], {}), (truth[3:], {"lr": 0.01})], lr=0.1)
    for step in range(12):
        if step == 5:
            optimizer.add_param_group({"params": ours[3:], "lr": 0.01})
        feed(ours, step)
        feed(truth, step)
        if step < 5:
            for p in truth[3:]:
                p.grad = None
        optimizer.step()
        equations.step()
    assert [optimizer.state[p]["step"] for p in ours] == [12] * 3 + [7] * 4
    assert distance(ours, truth) <= PARITY


def test_inertia_of_groups_with_gradients_1_and_3():
    x, y = parameter(0.0), parameter(0.0)
    optimizer = Adai([{"params": x}, {"params": y}], lr=0.1)
    x.grad, y.grad = torch.ones(1).double(), torch.full((1,), 3.0).double()
    optimizer.step()
    assert [1 - optimizer.state[p]["exp_avg_one"].item() for p in (x, y)] == pytest.approx([0.98, 0.82])


def test_parameters_without_gradient_are_skipped_and_not_counted():
    ours, truth = tensors(), tensors()
    idle = [ours.pop(1), ours.pop(4)]
    del truth[1], truth[4]
    optimizer, equations = Adai([*ours, *idle], lr=0.1), plain(Adai, [(truth, {})], lr=0.1)
    before = vector(idle).clone()
    for step in range(10):
        feed(ours, step)
        feed(truth, step)
        optimizer.step()
        equations.step()
    assert distance(ours, truth) <= PARITY
    assert torch.equal(vector(idle), before) and not any(p in optimizer.state for p in idle)


def test_gradients_that_come_and_go():
    ours, optimizer, truth, equations = twins(Adai, {"weight_decay": 0.1})
    for step in range(20):
        feed(ours, step)
        feed(truth, step)
        for k in range(7):
            if (step + k) % 3 == 0:
                ours[k].grad = truth[k].grad = None
        optimizer.step()
        equations.step()
    assert distance(ours, truth) <= PARITY


@pytest.mark.parametrize("made", [Adai, AdaiW, AdaiV2])
@pytest.mark.parametrize("eps", [1e-3, 0.0])
def test_zero_gradients_move_nothing_and_harm_nothing(made, eps):
    params = tensors()
    optimizer = made(params, lr=0.1, eps=eps)
    before = vector(params)
    for p in params:
        p.grad = torch.zeros_like(p)
    for _ in range(3):
        optimizer.step()
    assert torch.equal(vector(params), before)
    feed(params, 0)
    optimizer.step()
    assert vector(params).isfinite().all() and not torch.equal(vector(params), before)


@pytest.mark.parametrize("dtype, tiny", [(torch.float32, 1e-25), (torch.float64, 1e-170)])
def test_gradients_whose_squares_underflow_give_numbers(dtype, tiny):
    x = parameter(1.0, 1.0, dtype=dtype)
    optimizer = Adai([x], lr=0.1)
    for _ in range(3):
        x.grad = torch.tensor([tiny, 0.0], dtype=dtype)
        optimizer.step()
    assert x.isfinite().all()
    assert optimizer.state[x]["exp_avg_one"].isfinite().all()


def test_decoupled_decay_goes_on_where_gradients_are_zero():
    x = parameter(1.0)
    x.grad = torch.zeros_like(x)
    AdaiW([x], lr=0.5, weight_decay=0.5).step()
    assert x.item() == 0.75


@pytest.mark.parametrize("made, hyper", VARIANTS, ids=IDS)
def test_maximize_climbs(made, hyper):
    up, down = tensors(), tensors()
    climb, descend = made(up, lr=0.1, maximize=True, **hyper), made(down, lr=0.1, **hyper)
    for step in range(5):
        feed(up, step)
        feed(down, step)
        for p, q in zip(up, down, strict=True):
            q.grad = -p.grad
        climb.step()
        descend.step()
    assert distance(up, down) <= 1e-15


@pytest.mark.parametrize("made, hyper", VARIANTS, ids=IDS)
def test_gradients_are_never_changed(made, hyper):
    params = tensors()
    optimizer = made(params, lr=0.1, maximize=True, **hyper)
    for step in range(2):
        feed(params, step)
        grads = [p.grad for p in params]
        copies = [g.clone() for g in grads]
        optimizer.step()
        assert all(p.grad is g and torch.equal(g, c) for p, g, c in zip(params, grads, copies, strict=True))


@pytest.mark.parametrize("shapes", [[(70, 500), (3, 5)], [(2, 3, 64, 64), (4, 2, 3, 3)]])
@pytest.mark.parametrize("hyper", [{}, {"weight_decay": 0.1}])
def test_layouts_of_memory_make_no_difference(shapes, hyper):
    """Transposed, channels last, every other row, and a gradient laid out otherwise than its parameter."""
    plainly, turned, sliced = (tensors(shapes=shapes) for _ in range(3))
    for p, s in zip(turned, sliced, strict=True):
        p.data = p.data.transpose(0, 1).contiguous().transpose(0, 1)
        s.data = torch.stack([s.data, s.data], -1)[..., 0]
        if p.dim() == 4:
            p.data = p.data.contiguous(memory_format=torch.channels_last)
    optimizers = [Adai(params, lr=0.1, **hyper) for params in (plainly, turned, sliced)]
    for step in range(4):
        for params, optimizer in zip((plainly, turned, sliced), optimizers, strict=True):
            feed(params, step)
            if step == 2:
                for p in params:
                    p.grad = p.grad.contiguous()
            optimizer.step()
    assert distance(turned, plainly) <= 1e-15 and distance(sliced, plainly) <= 1e-15
    assert not sliced[0].is_contiguous() and not turned[0].is_contiguous()


def test_buckets_and_tiles_are_one(monkeypatch):
    """However tensors are cut and joined, the numbers are the same."""
    ends = []
    for small, tile in [(2**14, 2**18), (0, 2**18), (0, 1000), (2**9, 2**10), (2**20, 2**20)]:
        monkeypatch.setattr("d2l_ext.optim.bunches.SMALL", small)
        monkeypatch.setattr(tiles, "TILE", tile)
        params = tensors()
        optimizer = AdaiV2(params, lr=0.1, dampening=0.5, weight_decay=0.1, decoupled=False)
        for step in range(10):
            feed(params, step)
            optimizer.step()
        ends.append(params)
    assert all(distance(end, ends[0]) <= 1e-14 for end in ends)


def test_a_long_sum_of_squares_keeps_its_digits():
    """One running sum over ten million float32 squares is off by a thousandth."""
    long = torch.full((10_000_019,), 0.1)
    assert tiles.norm(long).item() ** 2 == pytest.approx(long[0].item() ** 2 * len(long), rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_sum_of_v_is_known_without_a_pass_over_v(dtype):
    """It is carried along by itself, and what rounding does to v is forgotten as v forgets."""
    params = tensors(dtype)
    optimizer = AdaiW(params, lr=0.01, weight_decay=0.1)
    for step in range(1000):
        feed(params, step % 50)
        optimizer.step()
    for p in params:
        entry = optimizer.state[p]
        assert entry["sum_sq"] == pytest.approx(entry["exp_avg_sq"].double().sum().item(), rel=1e-5)


def test_complex_parameters_are_pairs_of_real_ones():
    draw = torch.Generator().manual_seed(0)
    z = [nn.Parameter(torch.randn(n, n, generator=draw, dtype=torch.complex128)) for n in (3, 140)]
    pairs = [nn.Parameter(torch.view_as_real(each.detach()).clone()) for each in z]
    optimizers = Adai(z, lr=0.1, weight_decay=0.1), Adai(pairs, lr=0.1, weight_decay=0.1)
    for step in range(5):
        feed(pairs, step)
        for each, pair in zip(z, pairs, strict=True):
            each.grad = torch.view_as_complex(pair.grad.clone())
        for optimizer in optimizers:
            optimizer.step()
    for each, pair in zip(z, pairs, strict=True):
        torch.testing.assert_close(torch.view_as_real(each.detach()), pair.detach(), rtol=1e-15, atol=1e-15)
    assert optimizers[0].state[z[0]]["exp_avg"].is_complex()


def test_half_precision_averages_are_in_float32():
    """With inertia 0.999 an average in bfloat16 stops at a quarter of its way: its steps are rounded off."""
    kinds = (torch.float32, torch.bfloat16, torch.float16)
    twins = [tensors(kind, shapes=[(5,), (200, 100)]) for kind in kinds]
    optimizers = [AdaiW(params, lr=0.001, weight_decay=0.1) for params in twins]
    for step in range(300):
        feed(twins[0], step)
        for params, optimizer in zip(twins, optimizers, strict=True):
            for p, first in zip(params, twins[0], strict=True):
                p.grad = first.grad.to(p.dtype)
            optimizer.step()
    for params, optimizer in zip(twins, optimizers, strict=True):
        assert {optimizer.state[p][name].dtype for p in params for name in tiles.SLOTS} == {torch.float32}
        for p, first in zip(params, twins[0], strict=True):
            ones = optimizer.state[p]["exp_avg_one"], optimizers[0].state[first]["exp_avg_one"]
            torch.testing.assert_close(*ones, rtol=2e-2, atol=0)
    half = optimizers[1]
    fresh = AdaiW([copy.deepcopy(p) for p in twins[1]], lr=0.1)
    fresh.load_state_dict(half.state_dict())
    for p, q in zip(twins[1], fresh.param_groups[0]["params"], strict=True):
        assert all(torch.equal(half.state[p][name], fresh.state[q][name]) for name in tiles.SLOTS)


def test_mixed_dtypes_share_one_mean():
    x, y = parameter(0.0, dtype=torch.float32), parameter(0.0)
    optimizer = Adai([x, y], lr=0.1)
    (x + 3 * y).backward()
    optimizer.step()
    assert [optimizer.state[p]["exp_avg_one"].item() for p in (x, y)] == pytest.approx([0.02, 0.18])


def authors(params, steps, made=Adai, **hyper):
    """A state dict as the authors' program saves it."""
    equations = plain(made, [(params, {})], lr=0.1, **hyper)
    for step in range(steps):
        feed(params, step)
        equations.step()
    names = ("step", "exp_avg", "exp_avg_sq", "beta1_prod")
    state = {i: dict(zip(names, equations.memory[p], strict=True)) for i, p in enumerate(params)}
    group = {"lr": 0.1, "betas": (0.1, 0.99), "eps": 1e-3, "weight_decay": 0.0} | hyper
    own = {Adai: {"decoupled": False}, AdaiW: {}, AdaiV2: {"decoupled": True, "dampening": 1.0}}[made]
    return {"state": state, "param_groups": [own | group | {"params": list(range(len(params)))}]}, equations


@pytest.mark.parametrize("made", [Adai, AdaiW, AdaiV2])
def test_state_of_the_authors_program_goes_on(made):
    hyper = {"weight_decay": 0.05} | ({"dampening": 0.5} if made is AdaiV2 else {})
    truth = tensors()
    saved, equations = authors(truth, 10, made, **hyper)
    untouched = copy.deepcopy(saved)
    ours = copy.deepcopy(truth)
    optimizer = made(ours, lr=0.7)
    optimizer.load_state_dict(saved)
    for step in range(10, 20):
        feed(ours, step)
        feed(truth, step)
        optimizer.step()
        equations.step()
    assert distance(ours, truth) <= PARITY
    assert set(optimizer.state[ours[0]]) == {"step", "exp_avg", "exp_avg_sq", "exp_avg_one", "sum_sq"}
    torch.testing.assert_close(saved, untouched, rtol=0, atol=0)


@pytest.mark.parametrize("way", ["state_dict", "pickle", "deepcopy"])
def test_a_run_goes_on_where_it_was_saved(way):
    params = tensors()
    optimizer = AdaiV2(halves(params, lr=0.02), lr=0.1, dampening=0.5, weight_decay=0.1)
    for step in range(4):
        feed(params, step)
        optimizer.step()
    if way == "state_dict":
        twin = copy.deepcopy(params)
        resumed = AdaiV2(halves(twin), lr=0.9)
        resumed.load_state_dict(optimizer.state_dict())
    else:
        copied = pickle.loads(pickle.dumps((params, optimizer))) if way == "pickle" else None
        twin, resumed = copied or copy.deepcopy((params, optimizer))
    for step in range(4, 8):
        for params_, each in ((params, optimizer), (twin, resumed)):
            feed(params_, step)
            each.step()
    assert distance(twin, params) <= 1e-15


def test_loaded_state_is_a_copy():
    one, other = tensors(), tensors()
    source, target = Adai(one, lr=0.1), Adai(other, lr=0.1)
    feed(one, 0)
    source.step()
    target.load_state_dict(source.state_dict())
    before = copy.deepcopy(source.state_dict()["state"])
    feed(other, 1)
    target.step()
    torch.testing.assert_close(source.state_dict()["state"], before, rtol=0, atol=0)


def test_state_is_twelve_bytes_a_float32_parameter():
    params = tensors(torch.float32)
    optimizer = Adai(params, lr=0.1)
    feed(params, 0)
    optimizer.step()
    found = {
        (t.untyped_storage().data_ptr(), t.untyped_storage().nbytes())
        for entry in optimizer.state.values()
        for t in entry.values()
        if isinstance(t, torch.Tensor)
    }
    assert sum(size for _, size in found) == 12 * sum(p.numel() for p in params)


def test_sparse_gradients_are_refused_before_anything_moves():
    table, params = nn.Embedding(4, 2, sparse=True), tensors(torch.float32)
    optimizer = Adai([*params, *table.parameters()], lr=0.1)
    feed(params, 0)
    optimizer.step()
    before, state = vector(params), copy.deepcopy(optimizer.state_dict()["state"])
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(TypeError, match="gradients must be dense, got torch.sparse_coo"):
        optimizer.step()
    assert torch.equal(vector(params), before)
    torch.testing.assert_close(optimizer.state_dict()["state"], state, rtol=0, atol=0)


MISTAKES = [
    (Adai, {"lr": -1.0}, "lr must be >= 0, got -1.0"),
    (Adai, {"lr": float("nan")}, "lr must be >= 0, got nan"),
    (Adai, {"lr": torch.tensor([0.1, 0.2])}, "Tensor lr must be 1-element"),
    (AdaiW, {"betas": (-0.1, 0.99)}, r"betas\[0\] must be >= 0, got -0.1"),
    (Adai, {"betas": (0.1, 1.0)}, r"betas\[1\] must be in \[0, 1\), got 1.0"),
    (Adai, {"betas": (0.1, 0.9, 0.9)}, "betas must be two numbers"),
    (Adai, {"eps": 1.0}, r"eps must be in \[0, 1\), got 1.0"),
    (AdaiW, {"weight_decay": -0.1}, "weight_decay must be >= 0, got -0.1"),
    (AdaiV2, {"dampening": 1.5}, r"dampening must be in \[0, 1\], got 1.5"),
]


@pytest.mark.parametrize("made, hyper, message", MISTAKES)
def test_bad_hyperparameters_are_refused_by_name(made, hyper, message):
    with pytest.raises(ValueError, match=message):
        made([parameter(1.0)], **{"lr": 0.1, **hyper})
    x = parameter(1.0)
    optimizer = made([x], lr=0.1)
    with pytest.raises(ValueError, match=message):
        optimizer.add_param_group({"params": parameter(1.0), **hyper})
    assert len(optimizer.param_groups) == 1
    optimizer.param_groups[0].update(hyper)
    x.grad = torch.ones_like(x)
    with pytest.raises(ValueError, match=message):
        optimizer.step()
    assert x.item() == 1.0 and not optimizer.state


def test_lr_has_no_default():
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        Adai([parameter(1.0)])
    assert Adai([{"params": parameter(1.0), "lr": 0.3}]).param_groups[0]["lr"] == 0.3
