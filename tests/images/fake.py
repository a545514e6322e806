"""CIFAR in small: an archive of noise in CIFAR's format, and a network that trains on it in seconds."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from experiments import image_data, image_models

N_TRAIN, N_TEST = 50, 23


def records(n: int, label_bytes: int, classes: int, seed: int) -> bytes:
    """Labels and noise that is brighter the higher the label."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (n, 1))
    coarse = np.full((n, label_bytes - 1), 255)
    pixels = rng.integers(0, 128, (n, 3072)) + 127 * labels // classes
    return np.hstack([coarse, labels, pixels]).astype(np.uint8).tobytes()


def write_archive(folder: Path, name: str = "cifar10") -> image_data.Archive:
    """Put an archive of noise where `fetch` will find it; returns what is to be known of it."""
    real = image_data.ARCHIVES[name]
    parts = len(real.train)
    files = {path: (N_TRAIN // parts, i) for i, path in enumerate(real.train)}
    files[real.test[0]] = (N_TEST, parts)
    path = folder / real.url.rpartition("/")[2]
    with tarfile.open(path, "w:gz") as tar:
        for member, (n, seed) in files.items():
            content = records(n, real.label_bytes, real.classes, seed)
            info = tarfile.TarInfo(member)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return replace(
        real, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), url=f"http://127.0.0.1:9/{path.name}"
    )


def tiny(classes: int) -> nn.Module:
    """A narrow ResNet, with a dropout that would tell if a random number were another."""
    network = image_models.resnet(image_models.basic, (1, 1), classes, width=4)
    return nn.Sequential(nn.Dropout(0.1), *network)


TABLE = """
[tiny]
data = "cifar10"
model = "tiny"
batch = 8
epochs = 3
milestones = [2]
gamma = 0.1
amp = true
checkpoint_every = 4
log_every = 5
optimizers.sgdm = { lr = 0.1, momentum = 0.9, weight_decay = 5e-4 }
optimizers.adam = { lr = 1e-3, weight_decay = 5e-4 }
optimizers.adamw = { lr = 1e-3, weight_decay = 0.1 }
optimizers.adai = { lr = 0.5, betas = [0.1, 0.9], weight_decay = 5e-4 }
optimizers.adaiw = { lr = 0.5, weight_decay = 5e-4 }
"""
