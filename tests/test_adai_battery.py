"""What PyTorch asks of all its optimizers, asked of Adai, AdaiW and AdaiV2.

The table of inputs is made of PyTorch's own classes, and PyTorch's own list of wrong inputs is tried. Of its
battery (`TestOptimRenewed`) these have no counterpart:

- ``foreach``, ``fused``, ``differentiable`` and ``capturable``, on large tensors and on several devices:
  Adai has no such switches. That buckets, tiles and the compiled kernel agree is tested instead.
- Sparse gradients: they are refused. Closures that must be given (LBFGS): a closure is optional here.
- States without ``foreach`` or ``capturable``. A step is a number here; one in a tensor can be loaded.
- CUDA: state on the CPU for CUDA parameters, peak memory of ``foreach``, several GPUs.
"""

import copy
import io
from functools import partial

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.testing._internal.common_optimizers import (
    OptimizerInfo,
    OptimizerInput,
    get_error_inputs_for_all_optims,
)

from d2l_ext.optim import Adai, AdaiV2, AdaiW

LR = 0.01
SCHEDULERS = [
    [],
    [partial(lr_scheduler.StepLR, gamma=0.9, step_size=10)],
    [
        partial(lr_scheduler.LinearLR, start_factor=0.4, total_iters=4),
        partial(lr_scheduler.ExponentialLR, gamma=0.99),
    ],
    [partial(lr_scheduler.CosineAnnealingLR, T_max=100), lr_scheduler.ReduceLROnPlateau],
]


def inputs(own):
    """Hyperparameters to try on every optimizer, and an optimizer's own."""
    common = {
        "default": {},
        "betas": {"betas": (0.3, 0.9)},
        "eps": {"eps": 0.1},
        "weight decay": {"weight_decay": 0.1},
        "maximize": {"maximize": True, "weight_decay": 0.1},
    }
    return [OptimizerInput(None, {"lr": LR, **kwargs}, desc) for desc, kwargs in (common | own).items()]


INFOS = [
    OptimizerInfo(
        made, optim_inputs_func=partial(inputs, own), supported_impls=(), scheduler_inputs=SCHEDULERS
    )
    for made, own in [
        (Adai, {"decoupled": {"decoupled": True, "weight_decay": 0.1}}),
        (AdaiW, {}),
        (
            AdaiV2,
            {
                "dampening": {"dampening": 0.5},
                "L2": {"dampening": 0.0, "decoupled": False, "weight_decay": 0.1},
            },
        ),
    ]
]
CASES = [
    pytest.param(info.optim_cls, given.kwargs, id=f"{info.name}-{given.desc}")
    for info in INFOS
    for given in info.optim_inputs_func()
]
CLASSES = [info.optim_cls for info in INFOS]
every_case = pytest.mark.parametrize("made, hyper", CASES)
every_class = pytest.mark.parametrize("made", CLASSES)


class Line:
    """``‖W x + b‖²`` from a fixed start: a weight, a bias, and the closure that differentiates it."""

    def __init__(self, made, hyper, *, holes=False, dtype=torch.float64, split=None, named=False):
        draw = torch.Generator().manual_seed(0)
        weight, bias = (torch.randn(*n, 2, generator=draw, dtype=torch.float64) for n in ((10, 5), (10,)))
        pick = (lambda t: t[..., 0]) if holes else (lambda t: t[..., 0].clone())
        self.weight, self.bias = (nn.Parameter(pick(t.to(dtype))) for t in (weight, bias))
        self.x = torch.randn(5, generator=draw, dtype=torch.float64).to(dtype)
        params = [self.weight, self.bias]
        if named:
            params = list(zip(("weight", "bias"), params, strict=True))
        if split is not None:
            params = [{"params": [self.weight]}, {"params": [self.bias], **split}]
        self.optimizer = made(params, **hyper)

    def loss(self):
        return ((self.weight @ self.x + self.bias) ** 2).sum()

    def closure(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        return loss

    def run(self, steps):
        for _ in range(steps):
            self.optimizer.step(self.closure)
        return self

    @property
    def params(self):
        return [self.weight.detach(), self.bias.detach()]


def same(one, other, tolerance=0.0):
    torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


def alike(one, other):
    """Equal but for the last digits: where a tensor begins in memory decides how the processor rounds it."""
    tolerance = 16 * torch.finfo(one[0].dtype).eps
    same(one, other, tolerance)


WRONG = get_error_inputs_for_all_optims("cpu", torch.float32)


@every_class
@pytest.mark.parametrize("wrong", WRONG, ids=[each.optimizer_error_input.desc for each in WRONG])
def test_errors(made, wrong):
    given = wrong.optimizer_error_input
    params = [nn.Parameter(torch.ones(1, 1))] if given.params is None else given.params
    refused = pytest.warns if issubclass(wrong.error_type, Warning) else pytest.raises
    with refused(wrong.error_type, match=wrong.error_regex):
        made(params, **{"lr": LR, **given.kwargs})


@every_class
def test_a_tensor_that_is_no_leaf_is_refused(made):
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        made([2 * nn.Parameter(torch.ones(1))], lr=LR)


@every_class
def test_a_parameter_named_twice_is_stepped_once(made):
    once, twice = (nn.Parameter(torch.ones(3)) for _ in range(2))
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optimizers = made([twice, twice], lr=LR), made([once], lr=LR)
    for p, optimizer in zip((twice, once), optimizers, strict=True):
        p.grad = torch.tensor([1.0, 2.0, 3.0])
        optimizer.step()
    alike([once.detach()], [twice.detach()])


@every_case
@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("schedulers", SCHEDULERS, ids=len)
def test_steps_go_the_right_way(made, hyper, holes, schedulers):
    line = Line(made, hyper, holes=holes)
    running = [make(line.optimizer) for make in schedulers]
    before = line.closure().item()
    for _ in range(20):
        loss = line.optimizer.step(line.closure)
        for scheduler in running:
            scheduler.step(*([loss.item()] if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) else []))
    assert (line.loss().item() > before) == hyper.get("maximize", False)


@every_case
def test_memory_with_holes_makes_no_difference(made, hyper):
    holes, tight = Line(made, hyper, holes=True).run(20), Line(made, hyper).run(20)
    assert not holes.weight.is_contiguous()
    same(holes.params, tight.params, 1e-15)


@every_class
def test_learning_rates_of_groups(made):
    line = Line(made, {"lr": LR}, split={"lr": 0.0})
    before = copy.deepcopy(line.params)
    line.run(5)
    assert not torch.equal(line.weight, before[0]) and torch.equal(line.bias, before[1])


@every_class
def test_weight_decays_of_groups(made):
    """Without gradient only the decay moves: the group that has one."""
    line = Line(made, {"lr": LR, "weight_decay": 0.0}, split={"weight_decay": 0.5})
    before = copy.deepcopy(line.params)
    for p in (line.weight, line.bias):
        p.grad = torch.zeros_like(p)
    line.optimizer.step()
    assert torch.equal(line.weight, before[0])
    same(line.bias.detach(), (1 - 0.5 * LR) * before[1], 1e-15)  # L2's first step is gradient descent's


@every_class
@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_tensor_lr_is_its_value(made, shape):
    """A schedule that fills the tensor in place is followed."""
    if shape and not hasattr(lr_scheduler, "_to_scalar"):
        pytest.skip("schedules of this PyTorch take no lr of this shape")
    rates = torch.full(shape, LR, dtype=torch.float64), LR
    ends = []
    for rate in rates:
        line = Line(made, {"lr": rate, "weight_decay": 0.1})
        schedule = lr_scheduler.ExponentialLR(line.optimizer, 0.9)
        for _ in range(10):
            line.optimizer.step(line.closure)
            schedule.step()
        ends.append(line.params)
    same(*ends, 1e-14)


@every_class
@pytest.mark.parametrize("hyper", [{}, {"weight_decay": 0.1}])
def test_complex_parameters_of_two_dimensions(made, hyper):
    """Rosenbrock's function of a complex pair, and of its real and imaginary parts."""

    def rosenbrock(x, y):
        return (1 - x).abs() ** 2 + 100 * (y - x**2).abs() ** 2

    z = nn.Parameter(torch.tensor([0.3 + 0.2j, -0.5 + 0.1j], dtype=torch.complex128))
    parts = [nn.Parameter(part.clone()) for part in (z.detach().real, z.detach().imag)]
    optimizers = made([z], lr=1e-3, **hyper), made(parts, lr=1e-3, **hyper)
    for _ in range(10):
        for optimizer, pair in zip(optimizers, (z, torch.complex(*parts)), strict=True):
            optimizer.zero_grad()
            rosenbrock(*pair).backward()
            optimizer.step()
        same(torch.view_as_real(z.detach()), torch.stack(parts, -1).detach(), 1e-14)


@every_case
def test_a_step_without_gradients_is_nothing(made, hyper):
    line = Line(made, hyper)
    before = copy.deepcopy(line.params)
    line.optimizer.step()
    same(line.params, before)
    assert not line.optimizer.state


@every_case
def test_zero_gradients_move_nothing_without_decay(made, hyper):
    line = Line(made, {**hyper, "weight_decay": 0.0})
    before = copy.deepcopy(line.params)
    for p in (line.weight, line.bias):
        p.grad = torch.zeros_like(p)
    line.optimizer.step()
    same(line.params, before)


@every_case
def test_an_optimizer_can_be_printed(made, hyper):
    words = repr(Line(made, hyper).optimizer)
    assert words.startswith(f"{made.__name__} (\nParameter Group 0")
    assert all(f"{name}: {value}" in words for name, value in hyper.items())


@every_case
def test_state_is_not_empty(made, hyper):
    line = Line(made, hyper).run(1)
    assert all(len(line.optimizer.state[p]) == 5 for p in (line.weight, line.bias))


@every_case
def test_state_dicts_are_deterministic(made, hyper):
    """A second optimizer on equal parameters, given the state, does the same and leaves what it was given."""
    first = Line(made, hyper).run(5)
    second = Line(made, {**hyper, "lr": 0.7})
    for p, q in zip((second.weight, second.bias), first.params, strict=True):
        p.data.copy_(q)
    given = first.optimizer.state_dict()
    kept = copy.deepcopy(given)
    second.optimizer.load_state_dict(given)
    for _ in range(5):
        first.run(1)
        second.run(1)
        alike(first.params, second.params)
    one, other = first.optimizer.state_dict(), second.optimizer.state_dict()
    assert one["param_groups"] == other["param_groups"] == kept["param_groups"]
    same(one["state"], other["state"], 1e-14)
    # Groups listed twice are described once.
    second.optimizer.param_groups.extend(second.optimizer.param_groups)
    assert second.optimizer.state_dict()["param_groups"][-1] == one["param_groups"][-1]


@every_class
def test_older_state_dicts_can_be_loaded(made):
    line = Line(made, {"lr": LR, "weight_decay": 0.1}).run(2)
    old = copy.deepcopy(line.optimizer.state_dict())
    for name in {"maximize", "decoupled", "dampening"} & set(old["param_groups"][0]):
        del old["param_groups"][0][name]
    for entry in old["state"].values():
        entry["step"] = torch.tensor(float(entry["step"]))
    twin = copy.deepcopy(line)
    twin.optimizer.load_state_dict(old)
    alike(line.run(3).params, twin.run(3).params)


@every_case
def test_saved_and_loaded_with_weights_only(made, hyper):
    line = Line(made, hyper).run(3)
    file = io.BytesIO()
    torch.save(line.optimizer.state_dict(), file)
    file.seek(0)
    twin = Line(made, {"lr": 0.9})
    twin.weight.data.copy_(line.weight)
    twin.bias.data.copy_(line.bias)
    twin.optimizer.load_state_dict(torch.load(file, weights_only=True))
    alike(line.run(3).params, twin.run(3).params)


@every_class
def test_state_can_be_loaded_for_parameters_of_another_dtype(made):
    double = Line(made, {"lr": LR}).run(5)
    single = Line(made, {"lr": LR}, dtype=torch.float32)
    single.weight.data.copy_(double.weight)
    single.bias.data.copy_(double.bias)
    single.optimizer.load_state_dict(double.optimizer.state_dict())
    assert single.optimizer.state[single.weight]["exp_avg"].dtype == torch.float32
    double.run(5)
    single.run(5)
    same([p.double() for p in single.params], double.params, 1e-6)


@every_class
def test_names_are_saved_and_do_not_matter(made):
    named, plain = (Line(made, {"lr": LR}, named=names).run(3) for names in (True, False))
    assert named.optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]
    states = named.optimizer.state_dict(), plain.optimizer.state_dict()
    plain.optimizer.load_state_dict(states[0])
    named.optimizer.load_state_dict(states[1])
    alike(named.run(3).params, plain.run(3).params)


@every_class
def test_step_hooks(made):
    line, calls = Line(made, {"lr": LR}), []
    hooks = [
        register_optimizer_step_pre_hook(lambda *_: calls.append("all before")),
        line.optimizer.register_step_pre_hook(lambda *_: calls.append("before")),
        line.optimizer.register_step_post_hook(lambda *_: calls.append("after")),
        register_optimizer_step_post_hook(lambda *_: calls.append("all after")),
    ]
    line.run(2)
    assert calls == 2 * ["all before", "before", "after", "all after"]
    for hook in hooks:
        hook.remove()
    line.run(1)
    assert len(calls) == 8


@every_class
def test_hooks_of_state_dicts(made):
    line = Line(made, {"lr": LR}).run(1)
    hooks = [
        line.optimizer.register_state_dict_pre_hook(lambda o: o.param_groups[0].update(note="before")),
        line.optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 7}),
    ]
    state = line.optimizer.state_dict()
    assert state["param_groups"][0]["note"] == "before" and state["more"] == 7
    for hook in hooks:
        hook.remove()
    assert "more" not in line.optimizer.state_dict()


@every_class
def test_hooks_of_loading(made):
    line, seen = Line(made, {"lr": LR}).run(1), []

    def faster(optimizer, state):
        groups = [{**group, "lr": 0.5} for group in state["param_groups"]]
        return {**state, "param_groups": groups}

    line.optimizer.register_load_state_dict_pre_hook(faster)
    line.optimizer.register_load_state_dict_post_hook(lambda o: seen.append(o.param_groups[0]["lr"]))
    line.optimizer.load_state_dict(line.optimizer.state_dict())
    assert seen == [0.5]


@every_class
def test_deepcopy_copies_all_public_attributes(made):
    optimizer = Line(made, {"lr": LR}).run(1).optimizer

    def public(of):
        return {name for name in vars(of) if not name.startswith("_")}

    assert public(copy.deepcopy(optimizer)) == public(optimizer) >= {"state", "compiled"}


@every_case
def test_a_closure_is_evaluated_with_gradients(made, hyper):
    line, twin = Line(made, hyper), Line(made, hyper)
    with torch.no_grad():
        loss = line.optimizer.step(line.closure)
    assert loss.item() == twin.closure().item()
    twin.optimizer.step()
    alike(line.params, twin.params)


@every_case
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scaled_gradients_of_mixed_precision(made, hyper, dtype):
    """`GradScaler` unscales, and skips a step with an infinite gradient."""
    scaled, plain = (Line(made, hyper, dtype=dtype) for _ in range(2))
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for _ in range(5):
        scaled.optimizer.zero_grad()
        scaler.scale(scaled.loss()).backward()
        scaler.step(scaled.optimizer)
        scaler.update()
        plain.run(1)
    alike(scaled.params, plain.params)  # a power of 2 scales without rounding
    before, state = copy.deepcopy(scaled.params), copy.deepcopy(scaled.optimizer.state_dict())
    scaled.optimizer.zero_grad()
    scaler.scale(scaled.loss() * float("inf")).backward()
    scaler.step(scaled.optimizer)
    same(scaled.params, before)
    same(scaled.optimizer.state_dict()["state"], state["state"])


@every_class
def test_the_default_dtype_does_not_matter(made):
    ends = []
    usual = torch.get_default_dtype()
    for default in (torch.float64, torch.float32):
        torch.set_default_dtype(default)
        try:
            ends.append(Line(made, {"lr": LR}, dtype=torch.float32).run(3).params)
        finally:
            torch.set_default_dtype(usual)
    alike(*ends)
