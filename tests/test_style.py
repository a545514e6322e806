import numpy as np
import pytest

from d2l_ext import objectives, plots, rules, simulate, style


@pytest.mark.parametrize("theme", style.THEMES)
def test_every_trace_stands_out_from_its_field(theme):
    colors = style.palette(theme)
    for name in [*style.OPTIMIZERS, *(f"other-{i}" for i in range(len(style.OTHERS)))]:
        assert style.contrast(colors[name], colors["field"]) >= style.MIN_CONTRAST


@pytest.mark.parametrize("theme", style.THEMES)
def test_every_word_is_readable(theme):
    colors = style.palette(theme)
    for name in ("ink", "soft", "accent", "danger"):
        for background in ("page", "field"):
            assert style.contrast(colors[name], colors[background]) >= 4.5, (name, background)


def test_css_has_every_colour_of_both_themes():
    css = style.css_variables()
    for theme in style.THEMES:
        for name, color in style.palette(theme).items():
            assert f"--x-{name}:{color};" in css


def test_a_contrast_that_cannot_be_had_is_refused():
    with pytest.raises(ValueError, match="ratio must be reachable"):
        style.legible("#777777", "#808080", ratio=10)


def test_contours_split_the_window_by_area():
    values = np.arange(10_000.0)
    shares = plots.contour_levels(values) / 10_000
    k = np.arange(1, style.CONTOUR_LEVELS) / style.CONTOUR_LEVELS
    np.testing.assert_allclose(shares, k**style.CONTOUR_POWER, atol=1e-3)


def test_a_plot_shows_its_runs_and_a_diverging_one_stops():
    from matplotlib.figure import Figure

    runs = [
        simulate(objectives.ravine, rules.gd, steps=40, lr=0.6),
        simulate(objectives.ravine, rules.momentum, steps=40, lr=0.1, momentum=0.5),
    ]
    ax = plots.plot_trace(*runs, ax=Figure().subplots())
    lines = {line.get_label(): line for line in ax.lines}
    assert len(lines["Gradient descent"].get_xdata()) < 12
    np.testing.assert_array_equal(lines["Momentum"].get_xydata(), runs[1].theta)
    loss = plots.plot_loss(runs[1], ax=Figure().subplots()).lines[0]
    np.testing.assert_array_equal(loss.get_ydata(), runs[1].loss)


def test_variants_share_a_colour_and_differ_by_their_dash():
    from matplotlib.figure import Figure

    def run(rule):
        return simulate(objectives.ravine, rule, steps=3, lr=0.1)

    adam = [rules.adam, rules.coupled(rules.adam), rules.adamw, rules.independent(rules.adam)]
    momentum = [make(rules.momentum) for make in (rules.coupled, rules.decoupled, rules.coupled)]
    lines = plots.plot_loss(*map(run, [*adam, *momentum, rules.momentum]), ax=Figure().subplots()).lines
    colors = style.palette("light")
    looks = [(line.get_color(), line.get_linestyle()) for line in lines]
    names = ["adam", "adam", "adamw", "adamw", *["momentum"] * 4]
    assert looks == list(
        zip(map(colors.get, names), ["-", "--", "-", ":", "--", "-", ":", "-."], strict=True)
    )
    labels = [line.get_label() for line in lines]
    assert labels[:4] == ["Adam", "Adam + L2", "AdamW", "Adam + independent decay"]
    assert labels[4:] == ["Momentum + L2", "Momentum + decay", "Momentum + L2", "Momentum"]


def test_a_readers_own_name_is_no_variant():
    assert style.color_names(["coupled", "coupled_own", "gd"]) == ["other-0", "other-1", "gd"]
    assert style.label("coupled_own") == "own + L2" and style.dash("coupled") == "-"


def test_bad_plots_are_refused():
    run = simulate(objectives.ravine, rules.gd, steps=1)
    with pytest.raises(ValueError, match="at least one Trajectory"):
        plots.plot_loss()
    with pytest.raises(ValueError, match=r"labels must be one a run \(1\), got 2"):
        plots.plot_loss(run, labels=["a", "b"])
    with pytest.raises(ValueError, match="2 coordinates, parabola has 1"):
        plots.plot_contours(objectives.parabola)


def test_a_live_trace_has_the_dash_of_its_rule():
    from d2l_ext import TraceExplorer

    chosen = [rules.coupled(rules.momentum), rules.decoupled(rules.momentum)]
    explorer = TraceExplorer(objectives.ravine, chosen, lr=0.1, shared=("lr", "momentum", "weight_decay"))
    l2, decay = explorer.spec["rules"]
    assert l2["color"] == decay["color"] == "momentum"
    assert l2["dash"] == style.PATTERNS["--"] != decay["dash"] == style.PATTERNS["-"] == []
