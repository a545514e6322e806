"""CIFAR and ImageNet as batches, each a pure function of seed, epoch and step.

No generator lives from one step to the next, so there is none to save: a run that goes on after a kill asks
for the step it needs and gets the images, cut and mirrored, that it would have got. Nor do they depend on the
number of processes or of workers.
"""

from __future__ import annotations

import math
import os
import random
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pooch
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from d2l_ext.data import DataUnavailable

Batch = tuple[Tensor, Tensor]  # images (n, 3, size, size) float32, normalised; labels (n,) int64


class Source(Protocol):
    """Images for training and for the test; `batches` says which, as indices."""

    classes: int
    size: int  # pixels a side that a network gets
    n_train: int
    n_test: int

    def training(self, batches: Sequence[Tensor], seed: int, epoch: int) -> Iterator[Batch]:
        """Batches, every image cut and mirrored at random."""
        ...

    def test(self, batches: Sequence[Tensor]) -> Iterator[Batch]:
        """Batches, every image as it is."""
        ...


def training_batches(
    source: Source, batch: int, *, seed: int, epoch: int, first: int = 0, rank: int = 0, world: int = 1
) -> Iterator[Batch]:
    """The share of process `rank` of each step of an epoch, from step `first` on.

    All processes shuffle alike and each takes every `world`-th image. The last images, too few for a whole
    batch, are left out; in the next epoch others are.
    """
    order = torch.randperm(source.n_train, generator=generator("order", seed, epoch))
    steps = source.n_train // batch
    shares = order[: steps * batch].view(steps, batch)[first:, rank::world]
    return source.training(list(shares), seed, epoch)


def test_batches(source: Source, batch: int, *, rank: int = 0, world: int = 1) -> Iterator[Batch]:
    """The share of process `rank` of the test, every image of it once."""
    return source.test(torch.arange(source.n_test)[rank::world].split(batch))


def seed_of(*key: Any) -> int:
    """A seed that depends on `key` alone, and is another for every other key."""
    return random.Random(repr(key)).getrandbits(63)


def generator(*key: Any) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of(*key))


def normalised(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Bytes as float32, less the mean and over the standard deviation of each colour."""
    colours = images.float() / 255
    return (colours - mean.view(3, 1, 1)) / std.view(3, 1, 1)


@dataclass(frozen=True)
class Archive:
    """Where CIFAR comes from, and what is in it.

    Each image is a record: `label_bytes` bytes, the last of which is its class, and 3 × 32 × 32 of colour.
    """

    url: str
    sha256: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    classes: int
    label_bytes: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


CIFAR = "https://www.cs.toronto.edu/~kriz/"
ARCHIVES = {
    "cifar10": Archive(
        url=CIFAR + "cifar-10-binary.tar.gz",
        sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        train=tuple(f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)),
        test=("cifar-10-batches-bin/test_batch.bin",),
        classes=10,
        label_bytes=1,
        mean=(0.4914, 0.4822, 0.4465),
        std=(0.2023, 0.1994, 0.2010),
    ),
    "cifar100": Archive(
        url=CIFAR + "cifar-100-binary.tar.gz",
        sha256="58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        train=("cifar-100-binary/train.bin",),
        test=("cifar-100-binary/test.bin",),
        classes=100,
        label_bytes=2,
        mean=(0.5071, 0.4865, 0.4409),
        std=(0.2673, 0.2564, 0.2762),
    ),
}


def fetch(archive: Archive, folder: Path) -> Path:
    """The archive's file in `folder`, downloaded if need be and checked in any case.

    Raises:
        DataUnavailable: If it can neither be read nor downloaded.
    """
    name = archive.url.rpartition("/")[2]
    downloader: Any = pooch.HTTPDownloader(progressbar=True, timeout=30)
    try:
        # pooch downloads under a temporary name, and renames when the hash is right.
        return Path(
            pooch.retrieve(archive.url, f"sha256:{archive.sha256}", name, folder, downloader=downloader)
        )
    except (OSError, ValueError) as error:
        raise DataUnavailable(
            f"{name} is not in {folder} and could not be fetched from {archive.url} ({error}). "
            "Connect to the network once, or put the file there."
        ) from error


class Cifar:
    """CIFAR in the device's memory: cut and mirrored there, a batch at a time."""

    size = 32

    def __init__(self, name: str, folder: Path, device: torch.device, workers: int) -> None:
        del workers  # there is no work for them
        archive = ARCHIVES[name]
        self.classes = archive.classes
        self._device = device
        self._mean = torch.tensor(archive.mean, device=device)
        self._std = torch.tensor(archive.std, device=device)
        with tarfile.open(fetch(archive, folder)) as tar:
            files = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
            content = {name: file.read() for name, file in files.items() if file is not None}
        self._train = self._records([content[name] for name in archive.train], archive.label_bytes)
        self._test = self._records([content[name] for name in archive.test], archive.label_bytes)
        self.n_train, self.n_test = len(self._train[1]), len(self._test[1])

    def _records(self, files: list[bytes], label_bytes: int) -> Batch:
        table = np.frombuffer(b"".join(files), np.uint8).reshape(-1, label_bytes + 3 * 32 * 32)
        records = torch.tensor(table, device=self._device)
        return records[:, label_bytes:].reshape(-1, 3, 32, 32), records[:, label_bytes - 1].long()

    def training(self, batches: Sequence[Tensor], seed: int, epoch: int) -> Iterator[Batch]:
        draw = partial(torch.randint, generator=generator("cut", seed, epoch))
        tops, lefts, flips = (draw(high, (self.n_train,)).to(self._device) for high in (9, 9, 2))
        images, labels = self._train
        for chosen in batches:
            i = chosen.to(self._device)
            yield normalised(cut(images[i], tops[i], lefts[i], flips[i]), self._mean, self._std), labels[i]

    def test(self, batches: Sequence[Tensor]) -> Iterator[Batch]:
        images, labels = self._test
        for chosen in batches:
            i = chosen.to(self._device)
            yield normalised(images[i], self._mean, self._std), labels[i]


def cut(images: Tensor, tops: Tensor, lefts: Tensor, flips: Tensor) -> Tensor:
    """A window of each image, padded by 4 black pixels all around; mirrored where `flips` is 1.

    Args:
        images: Shape ``(n, 3, size, size)``.
        tops: First row of each window in the padded image, 0 to 8, shape ``(n,)``.
        lefts: First column, alike.
        flips: 0 or 1, shape ``(n,)``.

    Returns:
        The windows, of the images' shape.
    """
    n, _, size, _ = images.shape
    along = torch.arange(size, device=images.device)
    rows = tops[:, None] + along  # (n, size)
    columns = lefts[:, None] + torch.where(flips[:, None] == 1, along.flip(0), along)
    each = torch.arange(n, device=images.device)
    padded = F.pad(images, (4, 4, 4, 4)).movedim(1, -1)  # (n, size + 8, size + 8, 3)
    return padded[each[:, None, None], rows[:, :, None], columns[:, None, :]].movedim(-1, 1)


class ImageFolder(Dataset):
    """Images in ``folder/<class>/``, cut to `size` pixels: bytes and class by ``(index, key)``.

    With a key, the cut and the mirroring are drawn from it; with None, it is the middle of the image.
    """

    def __init__(self, folder: Path, size: int) -> None:
        if not folder.is_dir():
            raise DataUnavailable(
                f"{folder} must be a folder with one folder of images a class: ImageNet is for its "
                "registered users to download, https://image-net.org"
            )
        self.size = size
        self.classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
        self.paths, self.labels = [], []
        for label, name in enumerate(self.classes):
            files = sorted(entry.path for entry in os.scandir(folder / name) if entry.is_file())
            self.paths += files
            self.labels += [label] * len(files)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, item: tuple[int, str | None]) -> tuple[Tensor, int]:
        index, key = item
        with Image.open(self.paths[index]) as image:
            rng = None if key is None else random.Random(f"{key} {index}")
            box = middle(*image.size) if rng is None else random_box(*image.size, rng)
            cut = image.convert("RGB").resize((self.size, self.size), Image.Resampling.BILINEAR, box)
        if rng is not None and rng.random() < 0.5:
            cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return torch.from_numpy(np.array(cut)).movedim(-1, 0), self.labels[index]


def middle(width: int, height: int) -> tuple[float, float, float, float]:
    """The square in the middle, 7/8 of the shorter side: 224 pixels of 256."""
    side = min(width, height) * 7 / 8
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def random_box(width: int, height: int, rng: random.Random) -> tuple[float, float, float, float]:
    """A part of 8 to 100 % of the area, its sides as 3 to 4 up to 4 to 3; the middle if ten do not fit."""
    for _ in range(10):
        area = width * height * rng.uniform(0.08, 1)
        ratio = math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            left, top = rng.randint(0, width - w), rng.randint(0, height - h)
            return left, top, left + w, top + h
    return middle(width, height)


class ImageNet:
    """ImageNet from the folders ``imagenet/train`` and ``imagenet/val``, read by worker processes."""

    def __init__(self, folder: Path, device: torch.device, workers: int, size: int = 224) -> None:
        self._device, self._workers, self.size = device, workers, size
        self._train = ImageFolder(folder / "imagenet" / "train", size)
        self._test = ImageFolder(folder / "imagenet" / "val", size)
        if self._train.classes != self._test.classes:
            raise DataUnavailable(f"{folder / 'imagenet'}: train and val must have folders of the same names")
        self.classes = len(self._train.classes)
        self.n_train, self.n_test = len(self._train), len(self._test)
        self._mean = torch.tensor((0.485, 0.456, 0.406), device=device)
        self._std = torch.tensor((0.229, 0.224, 0.225), device=device)

    def training(self, batches: Sequence[Tensor], seed: int, epoch: int) -> Iterator[Batch]:
        return self._load(self._train, batches, f"{seed} {epoch}")

    def test(self, batches: Sequence[Tensor]) -> Iterator[Batch]:
        return self._load(self._test, batches, None)

    def _load(self, images: ImageFolder, batches: Sequence[Tensor], key: str | None) -> Iterator[Batch]:
        loader = DataLoader(
            images,
            batch_sampler=[[(i, key) for i in batch.tolist()] for batch in batches],
            num_workers=self._workers,
            pin_memory=self._device.type == "cuda",
            generator=torch.Generator(),  # its draw is not to disturb the global one
        )
        for pixels, labels in loader:
            pixels, labels = (each.to(self._device, non_blocking=True) for each in (pixels, labels))
            yield normalised(pixels, self._mean, self._std), labels


# From a folder, a device and a number of workers to images.
DATA: dict[str, Callable[[Path, torch.device, int], Source]] = {
    "cifar10": partial(Cifar, "cifar10"),
    "cifar100": partial(Cifar, "cifar100"),
    "imagenet": ImageNet,
}
