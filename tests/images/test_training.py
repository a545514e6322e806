"""Training: what a run writes, and that a kill leaves no trace in it."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from experiments import image_data, image_models
from experiments.configuration import ConfigurationError, load
from experiments.image_data import Cifar
from experiments.train_images import Training

from .fake import TABLE, tiny, write_archive

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
STEPS = 18


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with fake data, and a configuration."""
    place = tmp_path_factory.mktemp("images")
    (place / "tiny.toml").write_text(TABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(image_data.ARCHIVES, "cifar10", write_archive(place))
        patch.setitem(image_models.MODELS, "tiny", tiny)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
        yield place
        dist.destroy_process_group()
        torch.set_num_threads(threads)


@pytest.fixture
def training(place, tmp_path):
    """Makes a run of one process, in this one."""
    source = Cifar("cifar10", place, CPU, 0)

    def make(optimizer="adai", folder=tmp_path, seed=0, table=TABLE):
        path = tmp_path / "some.toml"
        path.write_text(table)
        folder.mkdir(exist_ok=True)
        return Training(load(path, "tiny"), optimizer, source, seed, folder, CPU)

    return make


class Stop(Exception):
    """Stands for a kill."""


def stop_at(run, step):
    """Let `run` go until the optimizer has made `step`, and no further."""
    update = run._update

    def last(*batch):
        totals = update(*batch)
        if run.step + 1 == step:
            raise Stop
        return totals

    run._update = last
    with pytest.raises(Stop):
        run.run()


def same(ours, theirs, where="state"):
    """Every tensor and number of two states is the same, to the bit."""
    assert type(ours) is type(theirs), where
    if isinstance(ours, dict):
        # PyTorch adds this one to every group that it loads.
        ours, theirs = ({k: v for k, v in each.items() if k != "differentiable"} for each in (ours, theirs))
        assert ours.keys() == theirs.keys(), where
        for key in ours:
            same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs), where
        for i, pair in enumerate(zip(ours, theirs, strict=True)):
            same(*pair, f"{where}.{i}")
    else:
        equal = torch.equal(ours, theirs) if isinstance(ours, torch.Tensor) else ours == theirs
        assert equal, where


def events(folder):
    """All points that TensorBoard shows but the speed, by name."""
    accumulator = EventAccumulator(str(folder)).Reload()
    names = [name for name in accumulator.Tags()["scalars"] if name != "images per second"]
    return {name: [(e.step, e.value) for e in accumulator.Scalars(name)] for name in names}


def torchrun(place, runs, kills):
    """A run of two processes, which die where `kills` says and are started again."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["--max-restarts=3", str(Path(__file__).with_name("interrupted.py")), kills, "tiny", "adai"]
    command += ["--config", str(place / "tiny.toml"), "--data", str(place), "--runs", str(runs)]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return runs / "tiny" / "adai" / "seed-0", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_killed_again_and_again_it_ends_the_same(place, tmp_path):
    whole, _ = torchrun(place, tmp_path / "whole", "")
    # Before the first checkpoint; well after one, inside an epoch; and in the middle of writing one.
    killed, said = torchrun(place, tmp_path / "killed", "step:2:1,step:10:0,save:2:0")
    assert said.count("exitcode: -9") == 3
    assert (killed / "log.csv").read_bytes() == (whole / "log.csv").read_bytes()
    states = [torch.load(each / "checkpoint.pt") for each in (whole, killed)]
    same(*states)
    assert states[0]["step"] == STEPS and states[0]["settings"]["processes"] == 2
    assert events(killed) == events(whole)
    assert [step for step, _ in events(whole)["batch/loss"]] == [5, 10, 15]


@pytest.mark.parametrize("optimizer", ["sgdm", "adam", "adamw", "adai", "adaiw"])
def test_every_optimizer_goes_on(training, tmp_path, optimizer):
    whole = training(optimizer, tmp_path / "whole")
    start = {name: value.clone() for name, value in whole.model.module.state_dict().items()}
    whole.run()
    for step in (3, 11):
        stop_at(training(optimizer, tmp_path / "stopped"), step)
    again = training(optimizer, tmp_path / "stopped")
    assert again.step == 8
    again.run()
    same(whole.state(), again.state())
    assert not any(torch.equal(p, start[name]) for name, p in whole.model.module.named_parameters())


def test_the_first_pass_leaves_no_trace(training, monkeypatch, tmp_path):
    settled = training(folder=tmp_path / "settled")
    monkeypatch.setattr(Training, "_settle", lambda self: None)
    same(settled.state(), training(folder=tmp_path / "not").state())


def test_a_finished_run_stays_as_it_is(training, tmp_path):
    training().run()
    before = {name: (tmp_path / name).read_bytes() for name in ("log.csv", "checkpoint.pt")}
    training().run()
    assert before == {name: (tmp_path / name).read_bytes() for name in before}


def test_the_log_says_what_was_measured(training, tmp_path):
    run = training()
    run.run()
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["epoch"], row["step"]) for row in rows] == [("1", "6"), ("2", "12"), ("3", "18")]
    assert [float(row["lr"]) for row in rows] == pytest.approx([0.5, 0.5, 0.05])
    (images, labels), *_ = run.source.test([torch.arange(run.source.n_test)])
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        logits = run.model.module.eval()(images)
    wrong = sum(int(row.argmax()) != label for row, label in zip(logits, labels.tolist(), strict=True))
    assert float(rows[-1]["test_error"]) == pytest.approx(100 * wrong / len(labels))
    assert all(0 <= float(row["train_error"]) <= 100 for row in rows)
    loss = torch.nn.functional.cross_entropy(logits.float(), labels)
    assert float(rows[-1]["test_loss"]) == pytest.approx(
        loss.item(), rel=0.02
    )  # other batches round otherwise


def test_it_learns(training):
    run = training("sgdm", table=TABLE.replace("epochs = 3", "epochs = 12"))
    run.run()
    loss = [row[3] for row in run.rows]
    assert loss[-1] < 0.8 * loss[0]


def test_seeds_differ(training, tmp_path):
    ours, theirs = (training(folder=tmp_path / str(seed), seed=seed) for seed in (0, 1))
    pairs = zip(ours.model.parameters(), theirs.model.parameters(), strict=True)
    assert any(not torch.equal(p, q) for p, q in pairs)


def test_another_run_is_refused(training):
    stop_at(training(), 6)
    with pytest.raises(ConfigurationError, match="is of another run .epochs was 3, now 4.*--runs"):
        training(table=TABLE.replace("epochs = 3", "epochs = 4"))
    with pytest.raises(ConfigurationError, match="seed was 0, now 1"):
        training(seed=1)


def test_a_batch_that_does_not_fit(training):
    with pytest.raises(ConfigurationError, match="batch must be at most the 50 training images, got 64"):
        training(table=TABLE.replace("batch = 8", "batch = 64"))
