"""The file of experiments: what is in ours, and what is said of a mistake in another."""

import pytest

from experiments import image_models
from experiments.configuration import OPTIMIZERS, ConfigurationError, load
from experiments.train_images import CONFIGURATION, main

from .fake import TABLE, tiny


@pytest.fixture(autouse=True)
def with_tiny(monkeypatch):
    monkeypatch.setitem(image_models.MODELS, "tiny", tiny)


@pytest.fixture
def write(tmp_path):
    def file(text):
        path = tmp_path / "some.toml"
        path.write_text(text)
        return path

    return file


def test_ours_are_the_authors():
    for name in ("cifar10-resnet18", "cifar10-vgg16", "cifar100-resnet34"):
        ours = load(CONFIGURATION, name)
        assert (ours.batch, ours.epochs, ours.milestones, ours.gamma) == (128, 200, [80, 160], 0.1)
        assert {key: value["lr"] for key, value in ours.optimizers.items()} == {
            "sgdm": 0.1,
            "adam": 1e-4,
            "adamw": 1e-4,
            "adai": 1,
            "adaiw": 1,
        }
        decay = {key: value["weight_decay"] for key, value in ours.optimizers.items()}
        assert decay.pop("adamw") == 0.1 and set(decay.values()) == {5e-4}
        assert ours.optimizers["sgdm"]["momentum"] == 0.9


def test_ours_have_every_optimizer():
    for name in ("cifar10-resnet18", "cifar10-vgg16", "cifar100-resnet34", "imagenet-resnet50"):
        assert list(load(CONFIGURATION, name).optimizers) == list(OPTIMIZERS)


MISTAKES = {
    "unknown key": (
        "epochs = 3",
        "epoch = 3",
        r"\[tiny\]: key must be one of .*got 'epoch'; is 'epochs' meant",
    ),
    "missing key": ("epochs = 3", "", r"\[tiny\]: must have epochs too"),
    "unknown data": ('"cifar10"', '"cifar"', "data must be one of cifar10, cifar100, imagenet, got 'cifar'"),
    "unknown model": ('"tiny"', '"tony"', "model must be one of .*got 'tony'; is 'tiny' meant"),
    "unknown optimizer": ("optimizers.adam =", "optimizers.admm =", "optimizer must be one of .*got 'admm'"),
    "unknown hyperparameter": (
        "momentum = 0.9",
        "beta = 0.9",
        r"optimizers.sgdm: hyperparameter .*got 'beta'",
    ),
    "refused hyperparameter": ("lr = 0.1", "lr = -0.1", r"optimizers.sgdm: Invalid learning rate: -0.1"),
    "lr left out": ("lr = 0.5, betas", "betas", r"optimizers.adai: .*lr"),
    "hyperparameters are no table": (
        "{ lr = 1e-3, weight_decay = 0.1 }",
        "1e-3",
        "adamw: .* must be a table",
    ),
    "no batch": ("batch = 8", "batch = 0", "batch must be >= 1, got 0"),
    "half an epoch": ("epochs = 3", "epochs = 2.5", "epochs must be a whole number, got 2.5"),
    "milestones": ("[2]", "[2, 1]", r"milestones must ascend, got \[2, 1\]"),
    "one milestone": ("[2]", "2", "milestones must be a list of epochs, got 2"),
    "gamma": ("gamma = 0.1", "gamma = 0", "gamma must be > 0, got 0"),
    "amp": ("amp = true", 'amp = "no"', "amp must be true or false, got 'no'"),
    "no table": ("[tiny]", "seed = 3\n[tiny]", r"\[seed\]: must be a table, got 3"),
    "no TOML": ("[tiny]", "[tiny", "line 2"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(write, mistake):
    right, wrong, message = MISTAKES[mistake]
    assert right in TABLE
    path = write(TABLE.replace(right, wrong))
    with pytest.raises(ConfigurationError, match=message) as caught:
        load(path, "tiny")
    assert str(path) in str(caught.value)


def test_a_mistake_in_another_table_is_found_too(write):
    other = TABLE.replace("[tiny]", "[other]").replace("epochs = 3", "epochs = -1")
    with pytest.raises(ConfigurationError, match=r"\[other\]: epochs must be >= 1"):
        load(write(TABLE + other), "tiny")


def test_no_such_file_or_experiment(tmp_path, write):
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "none.toml", "tiny")
    with pytest.raises(
        ConfigurationError, match="experiment must be one of tiny, got 'tinny'; is 'tiny' meant"
    ):
        load(write(TABLE), "tinny")


def test_the_command_says_so_in_one_line(monkeypatch, write):
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(SystemExit, match="^train_images: optimizer must be one of sgdm.*, got 'lion'$"):
        main(["tiny", "lion", "--config", str(write(TABLE))])
    with pytest.raises(SystemExit, match=r"^train_images: .*some.toml: \[tiny\]: must have epochs too$"):
        main(["tiny", "adam", "--config", str(write(TABLE.replace("epochs = 3", "")))])


def test_without_torchrun_the_command_says_how(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    with pytest.raises(SystemExit, match="torchrun --standalone -m experiments.train_images"):
        main(["cifar10-resnet18", "adai"])
