"""The leaky average that a velocity is."""

from typing import Any

from d2l_ext.theory.door import checked, fraction


def leaky_weight(age: Any, beta: Any) -> Any:
    r"""Weight :math:`\beta^\tau` of a gradient τ = `age` steps old.

    Unrolled, the heavy ball's velocity is :math:`v_t = \sum_\tau \beta^\tau g_{t-\tau}`.

    Raises:
        ValueError: Unless ``age >= 0`` and ``0 <= beta < 1``.

    Example:
        >>> import numpy as np
        >>> leaky_weight(np.arange(4), 0.5).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    return fraction("beta", beta) ** checked("age", age, ">= 0", lambda v: v >= 0)


def leaky_sum(beta: Any) -> Any:
    """Sum of all weights, 1 / (1 - β): the number of gradients that v adds up, in effect.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> import numpy as np
        >>> bool(np.isclose(leaky_sum(0.9), leaky_weight(np.arange(1000), 0.9).sum()))
        True
    """
    return 1 / (1 - fraction("beta", beta))


def leaky_share(terms: Any, beta: Any) -> Any:
    r"""Share :math:`1 - \beta^n` of all weight that the n = `terms` latest gradients carry.

    Of the latest 1 / (1 - β) it tends to 1 - 1/e as β tends to 1.

    Raises:
        ValueError: Unless ``terms >= 0`` and ``0 <= beta < 1``.

    Example:
        >>> [f"{leaky_share(leaky_sum(beta), beta):.3f}" for beta in (0.9, 0.95, 0.99)]
        ['0.651', '0.642', '0.634']
    """
    return 1 - leaky_weight(checked("terms", terms, ">= 0", lambda v: v >= 0), beta)


def effective_lr(lr: Any, beta: Any) -> Any:
    """Learning rate of the gradient descent that the heavy ball is along flat directions, η / (1 - β).

    Raises:
        ValueError: Unless ``lr >= 0`` and ``0 <= beta < 1``.

    Example:
        As z → 0 both shrink alike, by 1 - ηλ / (1 - β).

        >>> from d2l_ext.theory import spectral_radius
        >>> gap = spectral_radius(1e-6, 0.9) - spectral_radius(effective_lr(1e-6, 0.9), 0.0)
        >>> bool(abs(gap) < 1e-8)
        True
    """
    return checked("lr", lr, ">= 0", lambda v: v >= 0) * leaky_sum(beta)
