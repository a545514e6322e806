"""Full-size training on images: one experiment of a file, one optimizer, any number of GPUs.

One GPU, from the repository's root:

    torchrun --standalone -m experiments.train_images cifar10-resnet18 adai --seed 0

All that it writes lies in ``runs/cifar10-resnet18/adai/seed-0``: ``log.csv``, one line an epoch, errors in
percent; ``checkpoint.pt``; and events for ``tensorboard --logdir runs``. A run that was killed, at whatever
step, goes on when the same command is given again, and ends as if nothing had happened: to the bit, if
hardware and software are the same. README.md beside this file has the commands for more GPUs and for SLURM.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pooch
import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.rendezvous import rendezvous
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import MultiStepLR

from d2l_ext.data import DataUnavailable
from experiments.configuration import ConfigurationError, Experiment, load, make_optimizer
from experiments.image_data import DATA, Source, seed_of, test_batches, training_batches
from experiments.image_models import MODELS
from experiments.run_log import RunLog, replacing

CONFIGURATION = Path(__file__).with_name("images.toml")
START = """
    torchrun --standalone -m experiments.train_images cifar10-resnet18 adai --seed 0
"""


class Training:
    """A run that knows all it needs to go on: `state` at any step, and nothing else.

    Everything random is a function of seed, epoch and step, so no generator is part of the state.

    Args:
        experiment: What to train, and how.
        optimizer: Name of one of the experiment's optimizers.
        source: The images.
        seed: Decides the first weights, the order of the images and how they are cut.
        folder: Where to write, and where to go on from if a checkpoint is there.
        device: Where to compute.
    """

    def __init__(
        self,
        experiment: Experiment,
        optimizer: str,
        source: Source,
        seed: int,
        folder: Path,
        device: torch.device,
    ) -> None:
        self.experiment, self.source, self.seed, self.device = experiment, source, seed, device
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        if experiment.batch % self.world:
            raise ConfigurationError(
                f"batch must be a multiple of the {self.world} processes, got {experiment.batch}"
            )
        self.epoch_steps = source.n_train // experiment.batch
        if not self.epoch_steps:
            raise ConfigurationError(
                f"batch must be at most the {source.n_train} training images, got {experiment.batch}"
            )
        self.settings = {
            **asdict(experiment),
            "optimizers": {optimizer: experiment.optimizers[optimizer]},
            "seed": seed,
            "processes": self.world,
        }
        self.checkpoint = folder / "checkpoint.pt"

        torch.manual_seed(seed)
        network = MODELS[experiment.model](source.classes).to(device)
        network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - not in its types
        self.model = DistributedDataParallel(network, [device.index] if device.type == "cuda" else None)
        self.optimizer = make_optimizer(network.parameters(), optimizer, experiment.optimizers[optimizer])
        self.scheduler = MultiStepLR(self.optimizer, experiment.milestones, experiment.gamma)
        self.scaler = torch.amp.GradScaler(device.type, enabled=experiment.amp and device.type == "cuda")
        self.step = 0
        self.totals = self._no_totals()  # of the images seen since the epoch began
        self.rows: list[list[Any]] = []  # of the log, one per epoch

        self._settle()
        self._resume()
        self.log = RunLog(
            folder if self.rank == 0 else None, self.rows, self.step, experiment.epochs * self.epoch_steps
        )

    def run(self) -> None:
        """Train from the step reached to the last."""
        every = self.experiment.log_every
        with self.log:
            while self.step < self.experiment.epochs * self.epoch_steps:
                epoch, first = divmod(self.step, self.epoch_steps)
                for images, labels in training_batches(
                    self.source, **self._share(), epoch=epoch, first=first
                ):
                    totals = self._update(images, labels)
                    self.totals += totals
                    self.step += 1
                    self.log.advance()
                    if self.step % every == 0:
                        loss, error = means(totals)
                        self.log.batch(self.step, loss, error, every * self.experiment.batch)
                    if self.step % self.experiment.checkpoint_every == 0 and self.step % self.epoch_steps:
                        self._save()
                self._finish(epoch)

    def _update(self, images: Tensor, labels: Tensor) -> Tensor:
        """One step of the optimizer; returns the totals of this process's images before it."""
        torch.manual_seed(seed_of("step", self.seed, self.step, self.rank))  # for dropout and its like
        with self._autocast():
            logits = self.model(images)
            loss = F.cross_entropy(logits, labels)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        return count(logits.detach(), labels)

    def _finish(self, epoch: int) -> None:
        """Test, lower the lr if it is time, and write down the epoch."""
        (lr,) = self.scheduler.get_last_lr()
        dist.all_reduce(self.totals)
        row = [epoch + 1, self.step, lr, *means(self.totals), *means(self._test())]
        self.rows.append(row)
        self.scheduler.step()
        self.totals = self._no_totals()
        self.log.epoch(row)
        self._save()
        self.log.write(self.rows)

    @torch.no_grad()
    def _test(self) -> Tensor:
        """Totals of all test images."""
        network = self.model.module.eval()
        for buffer in network.buffers():  # batch norms of all processes are those of the first
            dist.broadcast(buffer, 0)
        totals = self._no_totals()
        for images, labels in test_batches(self.source, self.experiment.batch, **self._place()):
            with self._autocast():
                logits = network(images)
            totals += count(logits, labels)
        dist.all_reduce(totals)
        network.train()
        return totals

    def _save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        dist.all_reduce(self.totals)
        if self.rank:
            self.totals = self._no_totals()  # they are the first process's now, here as after a restart
            return
        self.log.flush()
        with replacing(self.checkpoint, "wb") as file:
            torch.save(self.state(), file)

    def state(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "step": self.step,
            "totals": self.totals,
            "rows": self.rows,
            "model": self.model.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def _resume(self) -> None:
        """Take up the checkpoint's state, if there is one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        then, now = state["settings"], self.settings
        if changed := [key for key in now if now[key] != then.get(key)]:
            differences = "; ".join(f"{key} was {then.get(key)!r}, now {now[key]!r}" for key in changed)
            raise ConfigurationError(
                f"{self.checkpoint} is of another run ({differences}): "
                "go on with its settings, or start in another folder with --runs"
            )
        self.step, self.rows = state["step"], state["rows"]
        if self.rank == 0:
            self.totals = state["totals"].to(self.device)
        self.model.module.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.scaler.load_state_dict(state["scaler"])

    def _settle(self) -> None:
        """One backward pass that changes nothing.

        After its first, DDP decides anew in which order it sums gradients over processes. That first one must
        not be a step of the run: a restart would repeat it at another step, and round differently.
        """
        before = {name: value.clone() for name, value in self.model.module.state_dict().items()}
        share, size = self.experiment.batch // self.world, self.source.size
        with self._autocast():
            logits = self.model(torch.zeros(share, 3, size, size, device=self.device))
        logits.sum().backward()
        self.optimizer.zero_grad()
        self.model.module.load_state_dict(before)

    def _autocast(self) -> torch.autocast:
        dtype = torch.float16 if self.device.type == "cuda" else torch.bfloat16
        return torch.autocast(self.device.type, dtype, enabled=self.experiment.amp)

    def _place(self) -> dict[str, int]:
        return {"rank": self.rank, "world": self.world}

    def _share(self) -> dict[str, int]:
        return {"batch": self.experiment.batch, "seed": self.seed, **self._place()}

    def _no_totals(self) -> Tensor:
        return torch.zeros(3, dtype=torch.float64, device=self.device)


def count(logits: Tensor, labels: Tensor) -> Tensor:
    """Sum of the losses, number of errors and number of images, shape ``(3,)``."""
    loss = F.cross_entropy(logits.float(), labels, reduction="sum")
    errors = (logits.argmax(1) != labels).sum()
    return torch.stack([loss, errors, errors.new_tensor(len(labels))]).double()


def means(totals: Tensor) -> tuple[float, float]:
    """Mean loss, and the error in percent."""
    loss, errors, images = totals.tolist()
    return loss / images, 100 * errors / images


def start() -> torch.device:
    """Join the processes that torchrun started, on this one's device."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats its bits only so
    # Warn, for an operation of a reader's own network may have no deterministic kernel; those here have.
    torch.use_deterministic_algorithms(True, warn_only=True)
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010 - a help to debug, slow
    # torchrun may lend a restart the old store: without a part of its own in it, a process could wait for
    # the dead at their addresses.
    store, rank, world = next(rendezvous("env://"))
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    store = dist.PrefixStore(attempt, store)  # pyright: ignore[reportPrivateImportUsage] - documented
    if not torch.cuda.is_available():
        dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(device)
    dist.init_process_group("nccl", store=store, rank=rank, world_size=world, device_id=device)
    return device


def open_source(name: str, folder: Path, device: torch.device, workers: int) -> Source:
    """The images; the first process of a machine fetches them before the others look."""
    first = os.environ["LOCAL_RANK"] == "0"
    if first:
        source = DATA[name](folder, device, workers)
    dist.barrier()
    return source if first else DATA[name](folder, device, workers)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="train_images", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("experiment", help="a table of the configuration")
    parser.add_argument("optimizer", help="one of its optimizers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--config", type=Path, default=CONFIGURATION)
    parser.add_argument("--data", type=Path, default=pooch.os_cache("d2l_ext"), help="folder of the images")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of all runs")
    parser.add_argument("--workers", type=int, default=8, help="processes that read ImageNet, for each GPU")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = arguments(argv)
    if "LOCAL_RANK" not in os.environ:
        sys.exit(f"train_images must be started by torchrun:{START}")
    try:
        experiment = load(args.config, args.experiment)
        if args.optimizer not in experiment.optimizers:
            known = ", ".join(experiment.optimizers)
            raise ConfigurationError(f"optimizer must be one of {known}, got {args.optimizer!r}")
        device = start()
        source = open_source(experiment.data, args.data, device, args.workers)
        folder = args.runs / args.experiment / args.optimizer / f"seed-{args.seed}"
        folder.mkdir(parents=True, exist_ok=True)
        Training(experiment, args.optimizer, source, args.seed, folder, device).run()
    except (ConfigurationError, DataUnavailable) as error:
        sys.exit(f"train_images: {error}" if os.environ["RANK"] == "0" else 1)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
