"""RuleOptimizer against `simulate`, against torch.optim, and against the manners of PyTorch."""

import copy
import io
import pickle
from functools import partial

import numpy as np
import pytest
import torch
from cases import CASES, STEPS, TOLERANCE
from torch import nn

from d2l_ext import ops, rule, rules, simulate
from d2l_ext.optim import RuleOptimizer


def parameter(*values, dtype=torch.float64):
    return nn.Parameter(torch.tensor(values, dtype=dtype))


def network():
    """Weights, biases and a scalar: tensors of several shapes, float64."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    net.scale = nn.Parameter(torch.tensor(1.5, dtype=torch.float64))
    return net


INPUTS = torch.linspace(-1, 1, 60, dtype=torch.float64).sin().reshape(20, 3)
TARGETS = INPUTS.prod(1, keepdim=True) + 1


def loss_of(net):
    return ((net.scale * net(INPUTS) - TARGETS) ** 2).mean()


def groups(net, **second):
    return [{"params": net[0].parameters()}, {"params": [*net[2].parameters(), net.scale], **second}]


def train(net, optimizer, steps):
    """Parameters after every step, one row each."""
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(net).backward()
        optimizer.step()
        path.append(nn.utils.parameters_to_vector(net.parameters()).detach())
    return torch.stack(path)


def snapshot(optimizer):
    """All that a step may change, copied."""
    params = [p.detach().clone() for group in optimizer.param_groups for p in group["params"]]
    return params, copy.deepcopy(optimizer.state_dict()["state"])


def same(one, other):
    torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_parameter_is_simulate_bit_for_bit(case):
    noise = np.random.default_rng(0).normal(size=(STEPS, len(case.objective.start)))
    given = {"noise": noise} if "noise" in case.objective.inputs else {}
    run = simulate(case.objective, case.rule, steps=STEPS, **given, **case.hyper)
    theta = parameter(*case.objective.start)
    optimizer = RuleOptimizer([theta], case.rule, **case.hyper)
    for k in range(STEPS):
        inputs = {"t": k + 1, "noise": torch.tensor(noise[k])}
        optimizer.zero_grad()
        case.objective(*theta, **{name: inputs[name] for name in case.objective.inputs}).backward()
        optimizer.step()
        if case.objective.project is not None:
            theta.data = ops.clip(theta.data, *case.objective.project)
        assert theta.detach().numpy().tobytes() == run.theta[k + 1].tobytes()


# A rule, its peer in torch, hyperparameters of all, and those of the second group alone.
TORCH = [
    ("gd", torch.optim.SGD, {"lr": 0.1}, {"lr": 0.02}),
    ("momentum", torch.optim.SGD, {"lr": 0.02, "momentum": 0.9}, {"momentum": 0.5}),
    ("nesterov", partial(torch.optim.SGD, nesterov=True), {"lr": 0.02, "momentum": 0.9}, {"lr": 0.01}),
    ("adam", torch.optim.Adam, {"lr": 0.01}, {"lr": 0.05}),
    ("adam", torch.optim.Adam, {"lr": 0.01, "betas": (0.8, 0.9)}, {"betas": (0.5, 0.99), "eps": 1e-3}),
    ("amsgrad", partial(torch.optim.Adam, amsgrad=True), {"lr": 0.01}, {"betas": (0.5, 0.99)}),
    ("adamw", torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}, {"weight_decay": 0.0}),
]


@pytest.mark.parametrize("name, peer, hyper, second", TORCH)
@pytest.mark.parametrize("grouped", [False, True])
def test_models_train_as_with_torch(name, peer, hyper, second, grouped):
    ours, theirs = network(), network()
    second = second if grouped else {}
    path = train(ours, RuleOptimizer(groups(ours, **second), name, **hyper), 100)
    truth = train(theirs, peer(groups(theirs, **second), **hyper), 100)
    assert (path - truth).abs().max() <= TOLERANCE * max(1, truth.abs().max())


@rule()
def toward_the_mean(theta, grad, state, *, lr=0.5):
    return theta - lr * (theta - ops.mean(theta)), {}


def test_a_rule_sees_all_parameters_as_one_vector():
    x, y = parameter(0.0, 2.0), parameter([7.0])
    optimizer = RuleOptimizer([{"params": x}, {"params": y}], toward_the_mean)
    (x.sum() + y.sum()).backward()
    optimizer.step()
    assert (x.tolist(), y.tolist()) == ([1.5, 2.5], [[5.0]])


@pytest.mark.parametrize("name", rules.RULES)
def test_every_rule_runs_with_groups_that_differ(name):
    net, alike = network(), network()
    entries = {"lr": 0.003} | ({"betas": (0.3, 0.7)} if "betas.0" in rules.RULES[name].hyper else {})
    path = train(net, RuleOptimizer(groups(net, **entries), name, lr=0.003), 5)
    first = train(alike, RuleOptimizer(groups(alike), name, lr=0.003), 5)
    assert path.isfinite().all() and (path[-1] != path[0]).any()
    assert ("betas" in entries) == (not torch.equal(path, first))


@rule(t=0, previous=1.0)
def lagged(theta, grad, state, *, lr=1.0):
    """Moves by the gradient of the step before; 1 before the first."""
    return theta - lr * state["previous"], {"t": state["t"] + 1, "previous": grad}


def test_slots_start_from_their_values():
    x = parameter(0.0, 0.0)
    optimizer = RuleOptimizer([x], lagged)
    x.grad = torch.full_like(x, 3.0)
    optimizer.step()
    assert x.tolist() == [-1.0, -1.0]
    assert optimizer.state[x]["previous"].tolist() == [3.0, 3.0]


def test_state_has_the_shape_and_dtype_of_its_parameter():
    net = network().float()
    optimizer = RuleOptimizer(net.parameters(), "adam")
    (net.scale * net(INPUTS.float())).sum().backward()
    optimizer.step()
    for p in net.parameters():
        entry = optimizer.state[p]
        assert entry["t"] == 1 and set(entry) == {"t", "m", "v"}
        assert entry["m"].shape == entry["v"].shape == p.shape
        assert entry["m"].dtype == p.dtype == torch.float32
        assert entry["m"].untyped_storage().nbytes() == 4 * p.numel()  # saved alone, not with the vector


def test_a_parameter_without_gradient_is_neither_moved_nor_counted():
    """Each parameter of a half-idle model goes as Adam takes it alone."""
    x, y, alone = parameter(1.0, 2.0), parameter(3.0), parameter(3.0)
    both, single = RuleOptimizer([x, y], "adam", lr=0.1), RuleOptimizer([alone], "adam", lr=0.1)
    for k in range(20):
        both.zero_grad()
        (x**2).sum().backward()
        busy = k % 3 == 2
        if busy:
            single.zero_grad()
            (y**4 + alone**4).backward()
            single.step()
        before = y.item()
        both.step()
        assert (y.item() != before) == busy
    assert (both.state[x]["t"], both.state[y]["t"]) == (20, 6)
    torch.testing.assert_close(y, alone, rtol=0, atol=TOLERANCE)


def test_no_gradient_anywhere_changes_nothing():
    optimizer = RuleOptimizer(network().parameters(), "adam")
    before = snapshot(optimizer)
    assert optimizer.step() is None
    assert optimizer.step(lambda: 7.0) == 7.0
    same(snapshot(optimizer), before)


def test_gradients_are_never_changed():
    @rule(v=0.0)
    def rough(theta, grad, state, *, lr=0.1):
        grad.mul_(100)
        theta.sub_(lr * grad)
        return theta, {"v": grad}

    x = parameter(1.0, 2.0)
    x.grad = torch.ones_like(x)
    optimizer = RuleOptimizer([x], rough)
    optimizer.step()
    assert x.grad.tolist() == [1.0, 1.0] and x.tolist() == [-9.0, -8.0]


def test_a_closure_is_evaluated_with_gradients():
    x = parameter(3.0)
    optimizer = RuleOptimizer([x], "gd", lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (x**2).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert x.item() == 1.5


SCHEDULES = [
    lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5),
    lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20),
    lambda optimizer: torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda k: 0.9**k, lambda k: 0.5]),
    lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=30),
]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("lr", [0.01, torch.tensor(0.01, dtype=torch.float64)], ids=["float", "tensor"])
def test_schedulers_of_torch_work(schedule, lr):
    def run(make):
        net = network()
        optimizer = make(groups(net, lr=0.03))
        scheduler = schedule(optimizer)
        rows = []
        for _ in range(20):
            rows.append(train(net, optimizer, 1))
            scheduler.step()
        return torch.cat(rows)

    ours = run(lambda params: RuleOptimizer(params, "adam", lr=lr))
    theirs = run(lambda params: torch.optim.Adam(params, lr=0.01))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=TOLERANCE)


def test_a_tensor_put_into_a_group_is_its_value():
    x = parameter(0.0)
    optimizer = RuleOptimizer([x], "gd")
    optimizer.param_groups[0]["lr"] = torch.tensor(0.5)
    x.sum().backward()
    optimizer.step()
    assert x.item() == -0.5


def saved(optimizer, net):
    """State and model through a file, as readers save them; a new optimizer of other settings loads it."""
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    twin = copy.deepcopy(net)
    fresh = RuleOptimizer(groups(twin), optimizer.rule, lr=0.9)
    fresh.load_state_dict(torch.load(file))
    return twin, fresh


def copied(optimizer, net):
    return copy.deepcopy((net, optimizer))


def pickled(optimizer, net):
    return pickle.loads(pickle.dumps((net, optimizer)))


@pytest.mark.parametrize("name", rules.RULES)
@pytest.mark.parametrize("way", [saved, copied, pickled])
def test_a_run_goes_on_where_it_was_saved(name, way):
    net = network()
    optimizer = RuleOptimizer(groups(net, lr=0.002), name, lr=0.003)
    train(net, optimizer, 4)
    twin, resumed = way(optimizer, net)
    same(train(twin, resumed, 4), train(net, optimizer, 4))
    resumed.add_param_group({"params": parameter(1.0)})
    assert resumed.rule == optimizer.rule


def test_a_readers_rule_is_copied_too():
    x = parameter(0.0)
    twin = copy.deepcopy(RuleOptimizer([x], lagged))
    assert twin.rule == lagged and twin.param_groups[0]["params"][0] is not x


def test_a_group_added_later_joins_with_its_own_count():
    x, y = parameter(1.0), parameter(1.0)
    optimizer = RuleOptimizer([x], "adam", lr=0.1)
    for k in range(6):
        if k == 3:
            optimizer.add_param_group({"params": [y], "lr": 0.2})
        optimizer.zero_grad()
        (x**2 + y**2).sum().backward()
        optimizer.step()
        if k == 3:
            assert y.item() == pytest.approx(1 - 0.2)  # Adam's first step: lr times the sign
    assert (optimizer.state[x]["t"], optimizer.state[y]["t"]) == (6, 3)
    assert optimizer.param_groups[1]["betas"] == (0.9, 0.999)


def test_named_parameters_keep_their_names():
    optimizer = RuleOptimizer(network().named_parameters(), "gd")
    assert optimizer.param_groups[0]["param_names"][0] == "scale"


@rule(v=0.0)
def fails_late(theta, grad, state, *, lr=0.1):
    if theta.abs().max() < 0.85:
        raise ArithmeticError("too far")
    return theta - lr * grad, {"v": grad}


@rule(v=0.0)
def forgets_its_slot(theta, grad, state, *, lr=0.1):
    return theta - lr, {}


@rule(v=0.0)
def grows_its_slot(theta, grad, state, *, lr=0.1):
    return theta - lr, {"v": torch.cat([grad, grad])}


@rule()
def shrinks_theta(theta, grad, state, *, lr=0.1):
    return theta[:-1], {}


@pytest.mark.parametrize("bad", [fails_late, forgets_its_slot, grows_its_slot, shrinks_theta])
def test_a_step_that_fails_leaves_everything_as_it_was(bad):
    x, y = parameter(1.0, 0.5), parameter(0.3)
    optimizer = RuleOptimizer([x, y], bad)
    x.grad, y.grad = torch.ones_like(x), torch.ones_like(y)
    with pytest.raises((ArithmeticError, KeyError, RuntimeError)):  # noqa: PT012 - the second step of one
        for _ in range(3):
            before = snapshot(optimizer)
            optimizer.step()
    same(snapshot(optimizer), before)


def test_sparse_gradients_are_refused_before_anything_moves():
    table, x = nn.Embedding(4, 2, sparse=True), parameter(1.0, dtype=torch.float32)
    optimizer = RuleOptimizer([x, *table.parameters()], "momentum")
    (table(torch.tensor([1])).sum() + x.sum()).backward()
    before = snapshot(optimizer)
    with pytest.raises(TypeError, match=r"dense and real, got torch.sparse_coo of torch.float32"):
        optimizer.step()
    same(snapshot(optimizer), before)


def test_complex_gradients_are_refused():
    z = nn.Parameter(torch.ones(2, dtype=torch.complex128))
    optimizer = RuleOptimizer([z], "gd")
    z.abs().sum().backward()
    with pytest.raises(TypeError, match="dense and real, got torch.strided of torch.complex128"):
        optimizer.step()


def test_mixed_dtypes_are_stepped_in_float64():
    """The float64 half goes as if it were alone; the others are rounded only when stored."""
    kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
    params = [parameter(1.0, -2.0, dtype=kind) for kind in kinds]
    alone = parameter(1.0, -2.0)
    optimizers = RuleOptimizer(params, "adam", lr=0.1), RuleOptimizer([alone], "adam", lr=0.1)
    for optimizer in optimizers:
        for _ in range(10):
            optimizer.zero_grad()
            sum((p**2).sum() for group in optimizer.param_groups for p in group["params"]).backward()
            optimizer.step()
    assert [p.dtype for p in params] == kinds
    assert torch.equal(params[0], alone)
    for p in params[1:]:
        torch.testing.assert_close(p.double(), alone.double(), rtol=0, atol=32 * torch.finfo(p.dtype).eps)


def test_empty_scalar_and_transposed_parameters():
    empty, scalar = nn.Parameter(torch.empty(0)), nn.Parameter(torch.tensor(2.0))
    turned = nn.Parameter(torch.arange(6.0).reshape(2, 3).T)
    optimizer = RuleOptimizer([empty, scalar, turned], "adam", lr=0.5)
    (empty.sum() + scalar + (turned * torch.tensor([1.0, -1.0])).sum()).backward()
    optimizer.step()
    assert scalar.item() == pytest.approx(1.5)
    torch.testing.assert_close(turned.detach(), torch.tensor([[-0.5, 3.5], [0.5, 4.5], [1.5, 5.5]]))


MISTAKES = [
    ({"lrr": 0.1}, TypeError, "adam has no parameter 'lrr'; it has: lr, betas.0, betas.1, eps"),
    ({"lr": -1.0}, ValueError, "lr must be >= 0, got -1"),
    ({"lr": "fast"}, TypeError, "lr must be a number, got 'fast'"),
    ({"lr": float("nan")}, ValueError, "lr must be finite, got nan"),
    ({"betas": (0.9, 1.0)}, ValueError, r"betas.1 must be in \[0, 1\), got 1"),
    ({"betas": (0.9, 0.99, 0.5)}, ValueError, "betas must have 2 entries"),
    ({"betas": 0.9}, ValueError, "betas must have 2 entries"),
]


@pytest.mark.parametrize("hyper, error, message", MISTAKES)
def test_bad_hyperparameters_are_refused_by_name(hyper, error, message):
    with pytest.raises(error, match=message):
        RuleOptimizer([parameter(1.0)], "adam", **hyper)
    with pytest.raises(error, match=message):
        RuleOptimizer([{"params": parameter(1.0), **hyper}], "adam")
    optimizer = RuleOptimizer([parameter(1.0)], "adam")
    with pytest.raises(error, match=message):
        optimizer.add_param_group({"params": parameter(1.0), **hyper})
    assert len(optimizer.param_groups) == 1


def test_a_value_that_leaves_its_range_later_is_refused_at_the_step():
    x = parameter(1.0)
    optimizer = RuleOptimizer([x], "gd")
    x.sum().backward()
    optimizer.param_groups[0]["lr"] = -0.1
    with pytest.raises(ValueError, match="lr must be >= 0, got -0.1"):
        optimizer.step()
    assert x.item() == 1.0


def test_other_mistakes_are_refused():
    with pytest.raises(TypeError, match="rule must be decorated"):
        RuleOptimizer([parameter(1.0)], "sgd")
    with pytest.raises(ValueError, match="empty parameter list"):
        RuleOptimizer([], "gd")
    with pytest.raises(TypeError, match="param_group must be a dict, got 3"):
        RuleOptimizer([parameter(1.0)], "gd").add_param_group(3)
