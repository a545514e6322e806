"""Experiments as `images.toml` describes them, checked before anything is downloaded or trained."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import nn

from d2l_ext.optim import Adai, AdaiW
from d2l_ext.params import number, whole
from experiments.image_data import DATA
from experiments.image_models import MODELS

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgdm": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adai": Adai,
    "adaiw": AdaiW,
}


class ConfigurationError(ValueError):
    """The file or the command asks for what cannot be; the message says where."""


@dataclass(frozen=True)
class Experiment:
    """One table of the file.

    Attributes:
        data: A name in `DATA`.
        model: A name in `MODELS`.
        batch: Images a step, over all processes.
        epochs: How often the training images are passed.
        milestones: Epochs that begin with the lr multiplied by `gamma`, ascending.
        gamma: Factor of the lr.
        amp: Automatic mixed precision: float16 with a scaled loss on a GPU, bfloat16 elsewhere.
        optimizers: Hyperparameters by name in `OPTIMIZERS`.
        checkpoint_every: Steps between checkpoints; there is one after each epoch in any case.
        log_every: Steps between two points of the loss of a batch.
    """

    data: str
    model: str
    batch: int
    epochs: int
    milestones: list[int]
    gamma: float
    amp: bool
    optimizers: dict[str, dict[str, Any]]
    checkpoint_every: int = 1000
    log_every: int = 50

    def __post_init__(self) -> None:
        _known("data", self.data, DATA)
        _known("model", self.model, MODELS)
        for name in ("batch", "epochs", "checkpoint_every", "log_every"):
            whole(name, getattr(self, name), 1)
        if not isinstance(self.milestones, list):
            raise TypeError(f"milestones must be a list of epochs, got {self.milestones!r}")
        epochs = [whole("an epoch of milestones", epoch, 1) for epoch in self.milestones]
        if epochs != sorted(set(epochs)):
            raise ValueError(f"milestones must ascend, got {self.milestones}")
        if number("gamma", self.gamma) <= 0:
            raise ValueError(f"gamma must be > 0, got {self.gamma}")
        if not isinstance(self.amp, bool):
            raise TypeError(f"amp must be true or false, got {self.amp!r}")
        if not isinstance(self.optimizers, dict):
            raise TypeError(f"optimizers must be a table, got {self.optimizers!r}")
        for name, hyper in self.optimizers.items():
            _known("an optimizer", name, OPTIMIZERS)
            try:
                make_optimizer([nn.Parameter(torch.zeros(1))], name, hyper)
            except (TypeError, ValueError) as error:
                raise ValueError(f"optimizers.{name}: {error}") from error


def load(path: str | Path, name: str) -> Experiment:
    """The experiment `name` of a file in which every table is right.

    Raises:
        ConfigurationError: If the file cannot be read, a table of it is wrong, or there is none of that name.
    """
    try:
        tables = tomllib.loads(Path(path).read_text("utf8"))
        experiments = {each: _experiment(each, table) for each, table in tables.items()}
        _known("experiment", name, experiments)
    except (OSError, TypeError, ValueError) as error:  # a mistake in TOML is a ValueError too
        raise ConfigurationError(f"{path}: {error}") from error
    return experiments[name]


def make_optimizer(params: Iterable[nn.Parameter], name: str, hyper: Any) -> torch.optim.Optimizer:
    """The optimizer `name`, every hyperparameter of which exists.

    Raises:
        TypeError: If `hyper` is no table, or a value has the wrong type.
        ValueError: If a hyperparameter is unknown or its value is refused.
    """
    if not isinstance(hyper, dict):
        raise TypeError(f"hyperparameters must be a table, got {hyper!r}")
    make = OPTIMIZERS[name]
    for key in hyper:
        _known(
            "hyperparameter", key, [each for each in inspect.signature(make).parameters if each != "params"]
        )
    # TOML has no tuples: betas come as a list.
    return make(params, **{key: tuple(v) if isinstance(v, list) else v for key, v in hyper.items()})


def _experiment(name: str, table: Any) -> Experiment:
    try:
        if not isinstance(table, dict):
            raise TypeError(f"must be a table, got {table!r}")
        for key in table:
            _known("key", key, [field.name for field in fields(Experiment)])
        if missing := [f.name for f in fields(Experiment) if f.default is MISSING and f.name not in table]:
            raise ValueError(f"must have {', '.join(missing)} too")
        return Experiment(**table)
    except (TypeError, ValueError) as error:
        raise ValueError(f"[{name}]: {error}") from error


def _known(what: str, name: Any, names: Iterable[str]) -> None:
    """Refuse a name that is none of `names`, and say which one may be meant."""
    if name not in (known := list(names)):
        close = get_close_matches(str(name), known, 1)
        hint = f"; is {close[0]!r} meant?" if close else ""
        raise ValueError(f"{what} must be one of {', '.join(known)}, got {name!r}{hint}")
