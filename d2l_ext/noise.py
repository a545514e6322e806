"""Standard normal numbers that Python and JavaScript share: the same seed, the same noise on a live page.

Threefry-2x32 with 20 rounds [1] turns a seed and a position into 64 random bits with nothing but 32-bit
additions, rotations and exclusive ors, which every language has. There is no state to carry: number i depends
on the seed and on i alone, so a longer run begins with the shorter one, and NumPy makes all numbers at once.
Two such positions make two uniform numbers, and those two normal ones [2].
``explorers/live/noise.js`` is the other half; a test holds the two together.

References:
    [1] Salmon, Moraes, Dror & Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011.
    [2] Box & Muller, A note on the generation of random normal deviates, 1958.
"""

from math import pi, prod
from typing import Any

import numpy as np

from d2l_ext.params import whole

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA
WORD = 1 << 32


def threefry(key: tuple[int, int], counter: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Threefry-2x32-20: two arrays of 32 random bits, for a key of two 32-bit words and a pair of counters.

    Example:
        The first of the authors' own test vectors:

        >>> zero = np.zeros(1, np.uint32)
        >>> [f"{word[0]:x}" for word in threefry((0, 0), (zero, zero))]
        ['6b200159', '99ba4efe']
    """
    keys = (*key, key[0] ^ key[1] ^ PARITY)
    a, b = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(1, 6):
        for rotation in ROTATIONS[(group - 1) % 2]:
            a = a + b
            b = (b << rotation | b >> (32 - rotation)) ^ a
        a = a + keys[group % 3]
        b = b + (keys[(group + 1) % 3] + group) % WORD
    return a, b


def uniform(shape: Any, *, seed: int) -> np.ndarray:
    """Numbers uniform in ``[0, 1)``, multiples of 2**-53; shape and seed as in `standard_normal`.

    Example:
        >>> uniform(1, seed=0).item() == (0x6B200159 >> 5) / 2**27 + (0x99BA4EFE >> 6) / 2**53
        True
    """
    shape, seed = _shape(shape), _seed(seed)
    position = np.arange(prod(shape), dtype=np.uint32)
    high, low = threefry((seed, 0), (position, np.zeros_like(position)))
    return ((high >> 5) * 2.0**-27 + (low >> 6) * 2.0**-53).reshape(shape)


def standard_normal(shape: Any, *, seed: int) -> np.ndarray:
    """Independent standard normal numbers, the same on every machine and in the browser.

    Args:
        shape: A whole number, or a tuple of them.
        seed: A whole number, ``0 <= seed < 2**32``.

    Raises:
        TypeError: If `seed` or an entry of `shape` is no whole number.
        ValueError: If one is negative, `seed` too large, or `shape` holds 2**32 numbers or more.

    Example:
        >>> from d2l_ext import rules, simulate
        >>> def noisy(x, *, noise):
        ...     return x**2 / 2 + noise[0] * x
        >>> simulate(noisy, rules.gd, steps=50, lr=0.1, noise=standard_normal((50, 1), seed=1)).steps
        50
        >>> bool((standard_normal(5, seed=1) == standard_normal(9, seed=1)[:5]).all())
        True
    """
    shape = _shape(shape)
    count = prod(shape)
    first, second = uniform(count + count % 2, seed=seed).reshape(-1, 2).T
    radius, angle = np.sqrt(-2 * np.log(1 - first)), 2 * pi * second
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).ravel()[:count].reshape(shape)


def _seed(seed: Any) -> int:
    number = whole("seed", seed)
    if number >= WORD:
        raise ValueError(f"seed must be < 2**32, got {number}")
    return number


def _shape(shape: Any) -> tuple[int, ...]:
    entries = shape if isinstance(shape, tuple | list) else (shape,)
    sizes = tuple(whole("shape", size) for size in entries)
    if prod(sizes) >= WORD:
        raise ValueError(f"shape must hold fewer than 2**32 numbers, got {sizes}")
    return sizes
