"""Seeded noise: published test vectors, statistics, bad input. The browser is in explorers/test_noise.py."""

from math import erf

import numpy as np
import pytest

from d2l_ext import noise

COUNT = 100_000

# Of Random123's kat_vectors, "threefry2x32 20": counter, key, result.
VECTORS = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_threefry_gives_the_published_numbers(counter, key, expected):
    words = noise.threefry(key, tuple(np.array([word], np.uint32) for word in counter))
    assert tuple(int(word[0]) for word in words) == expected


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_normals_look_normal(seed):
    x = noise.standard_normal(COUNT, seed=seed)
    assert abs(x.mean()) < 4 / COUNT**0.5
    assert abs(x.var() - 1) < 4 * (2 / COUNT) ** 0.5
    assert abs((x**3).mean()) < 4 * (15 / COUNT) ** 0.5
    expected = np.array([(1 + erf(value / 2**0.5)) / 2 for value in np.sort(x)])
    distance = np.abs(expected - (np.arange(COUNT) + 0.5) / COUNT).max()
    assert distance < 1.95 / COUNT**0.5  # Kolmogorov and Smirnov: one sample in a thousand is farther off
    lagged = [x[lag:] @ x[:-lag] / COUNT for lag in (1, 2, 3)]
    assert np.abs(lagged).max() < 4 / COUNT**0.5


def test_uniform_numbers_fill_the_interval_evenly():
    u = noise.uniform(COUNT, seed=3)
    assert u.min() >= 0 and u.max() < 1
    assert (u * 2**53 % 1 == 0).all()
    counts = np.histogram(u, bins=100, range=(0, 1))[0]
    assert (
        (counts - COUNT / 100) ** 2 / (COUNT / 100)
    ).sum() < 149  # chi-squared, 99 degrees, one in a thousand


def test_a_seed_repeats_itself_and_no_other():
    first = noise.standard_normal((50, 2), seed=7)
    assert (first == noise.standard_normal((50, 2), seed=7)).all()
    assert (first.ravel() == noise.standard_normal(101, seed=7)[:100]).all()
    others = np.stack([noise.standard_normal(COUNT, seed=seed) for seed in range(5)])
    assert np.abs(np.corrcoef(others) - np.eye(5)).max() < 4 / COUNT**0.5


@pytest.mark.parametrize(
    ("shape", "expected"), [(3, (3,)), ((), ()), (0, (0,)), ((4, 0), (4, 0)), ([2, 3], (2, 3))]
)
def test_shapes(shape, expected):
    made = noise.standard_normal(shape, seed=0)
    assert made.shape == expected and made.dtype == float


@pytest.mark.parametrize(
    ("shape", "seed", "error", "message"),
    [
        (3, -1, ValueError, "seed must be >= 0, got -1"),
        (3, 2**32, ValueError, r"seed must be < 2\*\*32, got 4294967296"),
        (3, 1.5, TypeError, "seed must be a whole number, got 1.5"),
        (3, "one", TypeError, "seed must be a whole number, got 'one'"),
        (3, None, TypeError, "seed must be a whole number, got None"),
        (-3, 0, ValueError, "shape must be >= 0, got -3"),
        ((2, -1), 0, ValueError, "shape must be >= 0, got -1"),
        (2.0, 0, TypeError, "shape must be a whole number, got 2.0"),
        ("wide", 0, TypeError, "shape must be a whole number, got 'wide'"),
        ((2**16, 2**16), 0, ValueError, r"shape must hold fewer than 2\*\*32 numbers, got \(65536, 65536\)"),
    ],
)
def test_bad_input_is_refused_by_name(shape, seed, error, message):
    with pytest.raises(error, match=f"^{message}$"):
        noise.standard_normal(shape, seed=seed)
