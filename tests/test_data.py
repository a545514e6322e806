"""Data: what a loader returns; what it says and leaves behind when it cannot. The server is this machine."""

import gc
import hashlib
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pooch
import pytest
import torch

from d2l_ext import data

REAL = Path(__file__).parents[2] / "shared" / "data" / data.AIRFOIL_FILE
ROWS = np.random.default_rng(0).normal(3, 2, size=(40, 6)).round(3)
CONTENT = "".join("\t".join(map(str, row)) + "\n" for row in ROWS).encode()
WHAT_TO_DO = "Connect to the network once, or set D2L_EXT_DATA to a folder that holds the file."


@contextmanager
def server(*, status=200, content=CONTENT, stop_after=None):
    """The address of a file, and the requests made for it; `stop_after` hangs up after that many bytes."""
    requests = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:stop_after])

        def log_message(self, *args):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/{data.AIRFOIL_FILE}", requests
        http.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty cache, and a file of 40 rows in the airfoil's place; its server is not up."""
    cache = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: cache)
    monkeypatch.setattr(data, "AIRFOIL_URL", "http://127.0.0.1:9/airfoil_self_noise.dat")
    monkeypatch.setattr(data, "AIRFOIL_SHA1", hashlib.sha1(CONTENT).hexdigest())
    monkeypatch.delenv("D2L_EXT_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield cache
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # pooch leaves the connection of a failed download to the collector


def left_behind(folder):
    return sorted(path.name for path in folder.rglob("*")) if folder.is_dir() else []


def refused(message="could not be fetched"):
    """Ask for the airfoil; it must be refused with the way out."""
    with pytest.raises(data.DataUnavailable, match=message) as caught:
        data.airfoil(n=None)
    assert WHAT_TO_DO in str(caught.value) and data.AIRFOIL_URL in str(caught.value)
    standin = data.airfoil_or_standin()
    assert (standin.name, standin.is_airfoil) == ("diabetes", False)
    assert "D2L_EXT_DATA" in standin.note


def test_a_download_is_kept_and_used_again(cache, monkeypatch, capfd):
    with server() as (url, requests):
        monkeypatch.setattr(data, "AIRFOIL_URL", url)
        X, y = data.airfoil(standardize=False, n=None)
        again, _ = data.airfoil(standardize=False, n=None)
    assert len(requests) == 1 and left_behind(cache) == [data.AIRFOIL_FILE]
    np.testing.assert_array_equal(np.column_stack([X, y]), ROWS.astype(np.float32))
    assert torch.equal(X, again) and X.dtype == y.dtype == torch.float32
    assert "100%" in capfd.readouterr().err  # the progress bar


def test_a_damaged_cache_is_fetched_again(cache, monkeypatch):
    cache.mkdir()
    (cache / data.AIRFOIL_FILE).write_bytes(CONTENT[:100])
    with server() as (url, requests):
        monkeypatch.setattr(data, "AIRFOIL_URL", url)
        data.airfoil(n=None)
    assert len(requests) == 1 and (cache / data.AIRFOIL_FILE).read_bytes() == CONTENT


FAULTS = {
    "interrupted": ({"stop_after": 500}, "IncompleteRead"),
    "another file": ({"content": CONTENT.replace(b"1", b"2")}, "hash"),
    "not found": ({"status": 404, "content": b"gone"}, "404"),
    "server error": ({"status": 500, "content": b""}, "500"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_download_that_fails_leaves_nothing(cache, monkeypatch, fault):
    answer, message = FAULTS[fault]
    with server(**answer) as (url, requests):
        monkeypatch.setattr(data, "AIRFOIL_URL", url)
        refused(message)
    assert requests and left_behind(cache) == []


def test_no_network(cache):
    refused("refused")
    assert left_behind(cache) == []


def test_a_cache_that_cannot_be_made(cache):
    cache.write_text("a file where the folder should be")
    refused()
    assert cache.read_text() == "a file where the folder should be"


def test_a_cache_that_is_read_only(cache, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError("Permission denied")

    cache.mkdir(mode=0o500)
    if os.access(cache, os.W_OK):  # the superuser may write anywhere: refuse as the system refuses others
        monkeypatch.setattr("tempfile.NamedTemporaryFile", denied)
    refused("Permission denied.*could not write")
    assert left_behind(cache) == []


def test_a_stopped_reader_leaves_nothing(cache, monkeypatch):
    """Ctrl-C in the middle of a download."""

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.tqdm.update", stop)
    with server() as (url, _), pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(data, "AIRFOIL_URL", url)
        data.airfoil()
    assert left_behind(cache) == []


def test_the_named_folder_comes_first(cache, tmp_path, monkeypatch):
    (tmp_path / data.AIRFOIL_FILE).write_bytes(CONTENT)
    monkeypatch.setenv("D2L_EXT_DATA", str(tmp_path))
    X, y = data.airfoil(n=10)
    assert X.shape == (10, 5) and y.shape == (10,)
    assert not cache.exists()


NAMED = [
    (
        None,
        FileNotFoundError,
        "D2L_EXT_DATA must name a folder that holds airfoil_self_noise.dat, got .*unset",
    ),
    (b"1\t2\n", ValueError, "airfoil_self_noise.dat must have SHA-1 .*, got .*Replace the file, or unset"),
]


@pytest.mark.parametrize("content, error, message", NAMED, ids=["no file", "another file"])
def test_a_wrong_named_folder_is_a_mistake(cache, tmp_path, monkeypatch, content, error, message):
    """Neither the cache nor the stand-in hides it."""
    cache.mkdir()
    (cache / data.AIRFOIL_FILE).write_bytes(CONTENT)
    folder = tmp_path / "named"
    folder.mkdir()
    if content:
        (folder / data.AIRFOIL_FILE).write_bytes(content)
    before = left_behind(tmp_path)
    monkeypatch.setenv("D2L_EXT_DATA", str(folder))
    for load in (data.airfoil, data.airfoil_or_standin):
        with pytest.raises(error, match=message):
            load()
    assert left_behind(tmp_path) == before


def test_an_empty_variable_names_no_folder(cache, monkeypatch):
    monkeypatch.setenv("D2L_EXT_DATA", "")
    refused()


@pytest.fixture
def real(monkeypatch) -> Path:
    if not REAL.exists():
        pytest.skip("needs airfoil_self_noise.dat in ../shared/data")
    monkeypatch.setenv("D2L_EXT_DATA", str(REAL.parent))
    return REAL


def test_airfoil_is_d2ls(real):
    """The arithmetic of d2l's `get_data_ch11`, equal to the bit."""
    table = np.genfromtxt(real, dtype=np.float32, delimiter="\t")
    truth = torch.from_numpy((table - table.mean(axis=0)) / table.std(axis=0))[:1500]
    X, y = data.airfoil()
    assert torch.equal(X, truth[:, :-1]) and torch.equal(y, truth[:, -1])
    raw, level = data.airfoil(standardize=False, n=3)
    np.testing.assert_array_equal(np.column_stack([raw, level]), table[:3])


def test_airfoil_is_standardized_over_all_rows(real):
    X, y = data.airfoil(n=None)
    assert X.shape == (1503, 5) and y.shape == (1503,)
    columns = torch.column_stack([X, y]).double()
    assert columns.mean(0).abs().max() < 1e-4 and (columns.std(0, correction=0) - 1).abs().max() < 1e-4


def test_the_real_airfoil_needs_no_standin(real):
    found = data.airfoil_or_standin()
    assert (found.name, found.is_airfoil, found.note) == ("airfoil", True, "")
    assert found.X.shape == (1500, 5)


def test_its_least_squares_optimum_is_the_known_one(real):
    X, y = (part.double() for part in data.airfoil())
    A = torch.column_stack([X, torch.ones(len(X))])
    rest = y - A @ torch.linalg.lstsq(A, y).solution
    assert (rest**2).mean().item() / 2 == pytest.approx(0.241688, abs=5e-7)


@pytest.mark.parametrize(
    "n, error", [(0, ValueError), (1504, ValueError), (2.5, TypeError), ("all", TypeError)]
)
def test_rows_that_are_not_there_are_refused(cache, tmp_path, monkeypatch, n, error):
    (tmp_path / data.AIRFOIL_FILE).write_bytes(CONTENT)
    monkeypatch.setenv("D2L_EXT_DATA", str(tmp_path))
    with pytest.raises(error, match="n must be"):
        data.airfoil(n=n)


def test_diabetes_is_that_of_scikit_learn_standardized():
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    for ours, theirs in zip(data.diabetes(standardize=False), (X, y), strict=True):
        assert torch.equal(ours, torch.tensor(theirs, dtype=torch.float32))
    X, y = data.diabetes()
    assert X.shape == (442, 10) and y.shape == (442,)
    columns = torch.column_stack([X, y])
    assert columns.mean(0).abs().max() < 1e-5 and (columns.std(0, correction=0) - 1).abs().max() < 1e-5


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(5))
    (X, y), _ = data.digits(seed=5)
    assert torch.equal(X * 16, torch.tensor(pixels, dtype=torch.float32)[order[449:]])
    assert torch.equal(y, torch.tensor(classes)[order[449:]])


def test_digits_are_split_without_loss():
    (X, y), (X_test, y_test) = data.digits(test_share=0.2, seed=3)
    assert len(X) == len(y) == 1438 and len(X_test) == len(y_test) == 359
    assert X.dtype == torch.float32 and (X.min(), X.max()) == (0, 1)
    (more, _), (less, _) = data.digits(seed=7)
    everything = [torch.cat(pair).sum(1).sort().values for pair in ((X, X_test), (more, less))]
    assert torch.equal(*everything)


def test_seeds_decide_and_nothing_global_does():
    before = torch.random.get_rng_state()
    labels = torch.arange(100) % 10
    for make in (
        lambda seed: data.digits(seed=seed)[1][1],
        lambda seed: data.flip_labels(labels, 0.5, classes=10, seed=seed),
    ):
        assert torch.equal(make(1), make(torch.Generator().manual_seed(1)))
        assert not torch.equal(make(1), make(2))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 1])
@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8])
def test_a_share_of_labels_becomes_wrong_and_no_more(share, dtype):
    labels = torch.arange(1000, dtype=torch.int64).remainder(4).to(dtype)
    kept = labels.clone()
    noisy = data.flip_labels(labels, share, classes=4, seed=5)
    assert int((noisy != labels).sum()) == round(share * 1000)
    assert noisy.dtype == dtype and noisy.min() >= 0 and noisy.max() <= 3
    assert torch.equal(labels, kept)


def test_wrong_labels_are_spread_evenly_over_the_other_classes():
    noisy = data.flip_labels(np.zeros(30_000, dtype=int), 1.0, classes=4)
    counts = noisy.bincount(minlength=4).tolist()
    assert counts[0] == 0 and all(abs(count - 10_000) < 5 * 82 for count in counts[1:])  # 5 sd


MISTAKES = [
    ({"labels": [0.5, 1.0]}, TypeError, "labels must be whole numbers, got torch.float32"),
    ({"labels": [[0, 1]]}, ValueError, r"labels must have shape \(n,\), got \(1, 2\)"),
    ({"labels": [0, 3]}, ValueError, "labels must be in 0 to 2, got 0 to 3"),
    ({"share": 1.5}, ValueError, r"share must be in \[0, 1\], got 1.5"),
    ({"share": float("nan")}, ValueError, "share must be finite, got nan"),
    ({"share": "half"}, TypeError, "share must be a number, got 'half'"),
    ({"classes": 1}, ValueError, "classes must be >= 2, got 1"),
    ({"classes": 2.0}, TypeError, "classes must be a whole number, got 2.0"),
    ({"seed": "x"}, TypeError, "seed must be .* got 'x'"),
]


@pytest.mark.parametrize("given, error, message", MISTAKES)
def test_label_noise_refuses_mistakes_by_name(given, error, message):
    with pytest.raises(error, match=message):
        data.flip_labels(**{"labels": [0, 1, 2], "share": 0.5, "classes": 3, **given})


@pytest.mark.parametrize("share", [0, 1, -0.5, 2, 1e-9])
def test_digits_need_images_on_both_sides(share):
    with pytest.raises(ValueError, match="test_share must leave images on both sides"):
        data.digits(test_share=share)
