"""Images: read as they were written, shared among processes, cut at random but never by chance."""

import gc
import hashlib
import random
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from d2l_ext.data import DataUnavailable
from experiments import image_data
from experiments.image_data import (
    Cifar,
    ImageNet,
    cut,
    fetch,
    middle,
    random_box,
    test_batches,
    training_batches,
)

from ..test_data import CONTENT, FAULTS, left_behind, server
from .fake import N_TEST, N_TRAIN, records, write_archive

test_batches.__test__ = False  # pytest would take it for a test
CPU = torch.device("cpu")


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    def make(name="cifar10"):
        monkeypatch.setitem(image_data.ARCHIVES, name, write_archive(tmp_path, name))
        return Cifar(name, tmp_path, CPU, 0)

    return make


@pytest.fixture
def archive(monkeypatch):
    """What is to be known of the file that `server` has."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield replace(image_data.ARCHIVES["cifar10"], sha256=hashlib.sha256(CONTENT).hexdigest())
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # pooch leaves the connection of a failed download to the collector


def test_a_download_is_kept_and_used_again(tmp_path, archive):
    with server() as (url, requests):
        first, second = (fetch(replace(archive, url=url), tmp_path) for _ in range(2))
    assert first == second and first.read_bytes() == CONTENT and len(requests) == 1


def test_a_damaged_file_is_fetched_again(tmp_path, archive):
    with server() as (url, requests):
        path = tmp_path / url.rpartition("/")[2]
        path.write_bytes(CONTENT[:100])
        fetch(replace(archive, url=url), tmp_path)
    assert path.read_bytes() == CONTENT and len(requests) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_download_that_fails_leaves_nothing(tmp_path, archive, fault):
    answer, message = FAULTS[fault]
    with server(**answer) as (url, requests):
        with pytest.raises(DataUnavailable, match=message) as caught:
            fetch(replace(archive, url=url), tmp_path)
    assert requests and left_behind(tmp_path) == []
    assert url in str(caught.value) and "put the file there" in str(caught.value)


@pytest.mark.parametrize(("name", "label_bytes", "classes"), [("cifar10", 1, 10), ("cifar100", 2, 100)])
def test_cifar_is_read_as_written(cifar, name, label_bytes, classes):
    source = cifar(name)
    assert (source.n_train, source.n_test, source.classes) == (N_TRAIN, N_TEST, classes)
    parts = len(image_data.ARCHIVES[name].train)
    content = records(N_TEST, label_bytes, classes, parts)
    table = np.frombuffer(content, np.uint8).reshape(N_TEST, -1)
    (images, labels), *rest = test_batches(source, N_TEST)
    assert not rest and labels.tolist() == table[:, label_bytes - 1].tolist()
    mean, std = (np.reshape(getattr(image_data.ARCHIVES[name], key), (3, 1, 1)) for key in ("mean", "std"))
    np.testing.assert_allclose(
        images, (table[:, label_bytes:].reshape(-1, 3, 32, 32) / 255 - mean) / std, atol=1e-5
    )


def test_cut_is_a_window_of_the_padded_image():
    images = torch.randint(256, (4, 3, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    tops, lefts, flips = torch.tensor([4, 0, 8, 3]), torch.tensor([4, 8, 1, 5]), torch.tensor([0, 0, 1, 1])
    windows = cut(images, tops, lefts, flips)
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (4, 4), (4, 4)))
    for i in range(4):
        window = padded[i, :, tops[i] : tops[i] + 6, lefts[i] : lefts[i] + 6]
        np.testing.assert_array_equal(windows[i], window[:, :, ::-1] if flips[i] else window)
    assert torch.equal(windows[0], images[0])


def equal(ours, theirs):
    assert len(ours) == len(theirs)
    return all(
        torch.equal(a, b) for pair in zip(ours, theirs, strict=True) for a, b in zip(*pair, strict=True)
    )


def test_an_epoch_goes_on_from_any_step(cifar):
    source = cifar()
    epoch = list(training_batches(source, 8, seed=1, epoch=2))
    assert len(epoch) == N_TRAIN // 8
    for first in (0, 3, 6):
        assert equal(list(training_batches(source, 8, seed=1, epoch=2, first=first)), epoch[first:])
    for other in ({"seed": 2, "epoch": 2}, {"seed": 1, "epoch": 3}):
        assert not equal(list(training_batches(source, 8, **other)), epoch)


def test_processes_share_the_same_batches(cifar):
    source = cifar()
    alone = list(training_batches(source, 8, seed=1, epoch=2))
    shares = [list(training_batches(source, 8, seed=1, epoch=2, rank=rank, world=4)) for rank in range(4)]
    for step, (images, labels) in enumerate(alone):
        for rank in range(4):
            assert torch.equal(images[rank::4], shares[rank][step][0])
            assert torch.equal(labels[rank::4], shares[rank][step][1])


def test_an_epoch_has_no_image_twice_and_its_cuts_differ(cifar):
    source = cifar()
    asked = []
    source.training = lambda batches, seed, epoch: asked.extend(torch.cat(batches).tolist())
    training_batches(source, 8, seed=0, epoch=0)
    assert len(set(asked)) == len(asked) == 48 and asked != sorted(asked) and max(asked) < N_TRAIN
    del source.training
    first, second = (next(iter(source.training([torch.arange(20)], 0, epoch)))[0] for epoch in (0, 1))
    assert not torch.equal(first, second)


def test_every_test_image_once(cifar):
    source = cifar()
    alone = torch.cat([labels for _, labels in test_batches(source, 8)])
    shares = [torch.cat([labels for _, labels in test_batches(source, 8, rank=r, world=3)]) for r in range(3)]
    assert [len(share) for share in shares] == [8, 8, 7]
    assert all(torch.equal(share, alone[rank::3]) for rank, share in enumerate(shares))


def write_images(folder: Path, per_class=(4, 3)):
    """Pictures of several shapes whose red tells their class."""
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for label, n in enumerate(per_class):
            place = folder / "imagenet" / split / f"n{label}"
            place.mkdir(parents=True)
            for i in range(n):
                pixels = rng.integers(0, 256, (40 + 5 * i, 50, 3), dtype=np.uint8)
                pixels[..., 0] = 200 * label
                Image.fromarray(pixels).save(place / f"{i}.png")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_imagenet_does_not_depend_on_workers(tmp_path):
    write_images(tmp_path)
    loaded = []
    for workers in (0, 2):
        source = ImageNet(tmp_path, CPU, workers, size=16)
        assert (source.n_train, source.n_test, source.classes) == (7, 7, 2)
        loaded.append([*training_batches(source, 2, seed=0, epoch=1), *test_batches(source, 4)])
    assert equal(*loaded)
    red = torch.cat([images[:, 0].mean((1, 2)) for images, _ in loaded[0]])
    labels = torch.cat([labels for _, labels in loaded[0]])
    assert torch.equal(red > 0, labels == 1) and {0, 1} == set(labels.tolist())


def test_imagenet_goes_on_from_any_step_with_other_cuts_each_epoch(tmp_path):
    write_images(tmp_path)
    source = ImageNet(tmp_path, CPU, 0, size=16)
    torch.manual_seed(0)
    before = torch.get_rng_state()
    epoch = list(training_batches(source, 2, seed=0, epoch=1))
    assert torch.equal(torch.get_rng_state(), before)
    assert equal(list(training_batches(source, 2, seed=0, epoch=1, first=1)), epoch[1:])
    cuts = [next(iter(source.training([torch.tensor([5])], 0, each)))[0] for each in (0, 1)]
    assert not torch.equal(*cuts)


def test_boxes():
    rng = random.Random(0)
    boxes = np.array([random_box(500, 375, rng) for _ in range(2000)])
    left, top, right, bottom = boxes.T
    assert left.min() >= 0 and top.min() >= 0 and right.max() <= 500 and bottom.max() <= 375
    area, ratio = (right - left) * (bottom - top) / (500 * 375), (right - left) / (bottom - top)
    assert 0.08 <= area.min() + 1e-3 and area.max() <= 1 and area.min() < 0.09 and area.max() > 0.9
    assert 0.74 < ratio.min() < 0.77 and 1.3 < ratio.max() < 1.35
    assert random_box(1000, 10, rng) == middle(1000, 10) == (495.625, 0.625, 504.375, 9.375)


def test_imagenet_that_is_not_there(tmp_path):
    with pytest.raises(DataUnavailable, match="imagenet/train must be a folder.*image-net.org"):
        ImageNet(tmp_path, CPU, 0)
    write_images(tmp_path)
    (tmp_path / "imagenet" / "val" / "n1").rename(tmp_path / "imagenet" / "val" / "n2")
    with pytest.raises(DataUnavailable, match="train and val must have folders of the same names"):
        ImageNet(tmp_path, CPU, 0)
