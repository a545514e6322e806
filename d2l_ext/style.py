"""How the book looks: colours, once, for Matplotlib figures and for explorers.

One colour per optimizer everywhere (Okabe-Ito), moved towards black or white until it has 3.5:1
contrast against its background (WCAG 1.4.11 asks for 3:1). Explorers read these as CSS variables.
"""

from collections.abc import Iterable
from typing import Any

OPTIMIZERS = {
    "gd": "#0072B2",
    "momentum": "#D55E00",
    "nesterov": "#CC79A7",
    "adam": "#009E73",
    "adamw": "#56B4E9",
    "adai": "#E69F00",
}
LABELS = {
    "gd": "Gradient descent",
    "sign_gd": "Sign descent",
    "momentum": "Momentum",
    "ema_momentum": "Averaged momentum",
    "nesterov": "Nesterov",
    "adam": "Adam",
    "amsgrad": "AMSGrad",
    "adamw": "AdamW",
    "adai": "Adai",
    "adaiw": "AdaiW",
    "adai_v2": "AdaiV2",
}
OTHERS = ("#6B6B6B", "#8F5B2E", "#5B5BA8")

# How the weights decay, by the word before a rule's name (rules.coupled, ...): what is added to its label,
# and its dash. The colour stays that of the optimizer.
VARIANTS = {
    "coupled": ("+ L2", "--"),
    "decoupled": ("+ decay", "-"),
    "independent": ("+ independent decay", ":"),
}
# Rules with the colour of another one. Adam with a decay apart from its gradients is AdamW.
SAME = {
    "ema_momentum": "momentum",
    "adaiw": "adai",
    "adai_v2": "adai",
    "decoupled_adam": "adamw",
    "independent_adam": "adamw",
}

THEMES = {
    "light": {
        "page": "#ffffff",
        "field": "#f5f7f9",
        "ink": "#1c2430",
        "soft": "#566070",
        "line": "#d3d9e1",
        "shade": "#dfe5ec",
        "accent": "#1a5fcf",
        "danger": "#a3195b",
    },
    "dark": {
        "page": "#121212",
        "field": "#1b212a",
        "ink": "#e7ebf0",
        "soft": "#a3aebc",
        "line": "#3a4452",
        "shade": "#2b3440",
        "accent": "#7fb2ff",
        "danger": "#ff8fba",
    },
}
MIN_CONTRAST = 3.5

# Contours split a window by area: level k of n holds the (k/n)**POWER lowest part of it.
CONTOUR_LEVELS = 14
CONTOUR_POWER = 2.0
MAX_DOTS = 60

# Maps of numbers from 0 to 1, the same in both themes: perceptually uniform colours mixed with white, so that
# what lies on them stands out. Words and lines on a map are dark, with a light edge.
MAP = "viridis"
MAP_WHITE = 0.3
MAP_POWER = 2.0
MAP_INK = {"dark": "#1c2430", "light": "#ffffff"}

DASHES = ("-", "--", ":", "-.")
# The same in explorers: lengths of line and gap in pixels.
PATTERNS = {"-": [], "--": [7, 5], ":": [2, 4], "-.": [7, 4, 2, 4]}

FIGURE_SIZE = (6.9, 3.6)
_RC: Any = {
    "figure.figsize": FIGURE_SIZE,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.bbox": None,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": THEMES["light"]["soft"],
    "axes.labelcolor": THEMES["light"]["ink"],
    "text.color": THEMES["light"]["ink"],
    "xtick.color": THEMES["light"]["soft"],
    "ytick.color": THEMES["light"]["soft"],
    "font.family": "sans-serif",
    "font.size": 10.5,
    "lines.linewidth": 1.8,
}


def use() -> None:
    """Give Matplotlib figures the book's look; call it in a page's first cell."""
    import matplotlib
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    matplotlib.rcParams.update(_RC)
    set_matplotlib_formats("svg")


def rc() -> Any:
    """Context manager with the book's look, for a figure drawn outside a page."""
    import matplotlib

    return matplotlib.rc_context(_RC)


def _channels(color: str) -> tuple[float, float, float]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.1).

    Example:
        >>> contrast("#000000", "#ffffff")
        21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def legible(color: str, background: str, *, ratio: float = MIN_CONTRAST) -> str:
    """`color` moved towards black (white on a dark background) until it stands out by `ratio`."""
    end = 1.0 if luminance(background) < 0.5 else 0.0
    for percent in range(101):
        mixed = [c + (end - c) * percent / 100 for c in _channels(color)]
        candidate = "#" + "".join(f"{round(255 * c):02x}" for c in mixed)
        if contrast(candidate, background) >= ratio:
            return candidate
    raise ValueError(f"ratio must be reachable on {background}, got {ratio}")


def _variant(rule: str) -> tuple[str, str]:
    """The rule that a variant is made of, and the word for the variant; no word for a rule by itself."""
    word, _, inner = rule.partition("_")
    return (inner, word) if word in VARIANTS and inner else (rule, "")


def color_names(rules: Iterable[str]) -> list[str]:
    """For each rule the name of its colour: that of its optimizer, or the next grey.

    Example:
        >>> color_names(["coupled_adam", "adamw", "independent_adam", "coupled_ema_momentum", "own"])
        ['adam', 'adamw', 'adamw', 'momentum', 'other-0']
    """
    names, others = [], 0
    for rule in rules:
        optimizer = SAME.get(rule, _variant(rule)[0])
        optimizer = SAME.get(optimizer, optimizer)
        if optimizer in OPTIMIZERS:
            names.append(optimizer)
        else:
            names.append(f"other-{others % len(OTHERS)}")
            others += 1
    return names


def dash(rule: str) -> str:
    """The dash of a rule: dashed for an L2 penalty, solid for a decoupled decay.

    Example:
        >>> [dash(rule) for rule in ("coupled_adam", "adamw", "independent_adam")]
        ['--', '-', ':']
    """
    _, word = _variant(rule)
    return VARIANTS[word][1] if word else DASHES[0]


def label(rule: str) -> str:
    """What a rule is called in pictures: its usual name, or a reader's own.

    Example:
        >>> [label(rule) for rule in ("coupled_momentum", "decoupled_adam", "my_rule")]
        ['Momentum + L2', 'AdamW', 'my rule']
    """
    if rule == "decoupled_adam":
        return LABELS["adamw"]
    inner, word = _variant(rule)
    name = LABELS.get(inner, inner.replace("_", " "))
    return f"{name} {VARIANTS[word][0]}" if word else name


def palette(theme: str) -> dict[str, str]:
    """Every colour of a theme by name, optimizers legible on its field."""
    colors = THEMES[theme]
    traces = OPTIMIZERS | {f"other-{i}": c for i, c in enumerate(OTHERS)}
    return colors | {name: legible(c, colors["field"]) for name, c in traces.items()}


def map_colors(count: int = 33) -> list[str]:
    """Colours of a map for `count` numbers from 0 to 1, evenly spaced; they change fastest near 1.

    Example:
        >>> map_colors(2)
        ['#7c4d87', '#feee66']
    """
    import numpy as np
    from matplotlib import colormaps, colors

    shades = colormaps[MAP](np.linspace(0, 1, count) ** MAP_POWER)
    return [colors.to_hex(MAP_WHITE + (1 - MAP_WHITE) * shade) for shade in shades[:, :3]]


def css_variables() -> str:
    """Both palettes as CSS, for pages, JupyterLab, Colab and plain browsers."""

    def block(selector: str, theme: str) -> str:
        variables = "".join(f"--x-{name}:{c};" for name, c in palette(theme).items())
        return f"{selector}{{{variables}}}"

    roots = ('html[data-theme="dark"]', 'html[theme="dark"]', 'body[data-jp-theme-light="false"]')
    dark = ",".join(f"{root} .explorer" for root in roots)
    unsaid = "html:not([data-theme]):not([theme]) body:not([data-jp-theme-light]) .explorer"
    return "\n".join(
        [
            block(".explorer", "light"),
            block(dark, "dark"),
            f"@media (prefers-color-scheme: dark){{{block(unsaid, 'dark')}}}",
        ]
    )
