"""`train_images` on fake data, whose processes kill themselves: torchrun runs this, `test_training` torchrun.

The first argument says where, one entry for each time torchrun starts the processes: ``step:10:1`` is after
the optimizer's step 10 in process 1, ``save:2:0`` in the middle of the second checkpoint of process 0.
The rest are those of `train_images`, of which ``--data`` must name the folder of the fake archive.
"""

import hashlib
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

from experiments import image_data, image_models, train_images
from tests.images.fake import tiny


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(step):
    update = train_images.Training._update

    def last(self, *batch):
        totals = update(self, *batch)
        if self.step + 1 == step:
            die()
        return totals

    train_images.Training._update = last


def die_saving(number):
    save, saved = torch.save, []

    def half(state, file):
        saved.append(state["step"])
        if len(saved) == number:
            file.write(b"half a checkpoint")
            file.flush()
            die()
        save(state, file)

    torch.save = half


def main(kills, *argv):
    kills = kills.split(",")[int(os.environ["TORCHELASTIC_RESTART_COUNT"]) :]
    if kills and kills[0]:
        event, number, rank = kills[0].split(":")
        if rank == os.environ["RANK"]:
            {"step": die_after, "save": die_saving}[event](int(number))
    real = image_data.ARCHIVES["cifar10"]
    path = Path(argv[argv.index("--data") + 1]) / real.url.rpartition("/")[2]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    image_data.ARCHIVES["cifar10"] = replace(real, sha256=sha256)
    image_models.MODELS["tiny"] = tiny
    train_images.main(list(argv))


if __name__ == "__main__":
    main(*sys.argv[1:])
