"""GridExplorer: its numbers are those of the results, its words hold in every column."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from playwright.sync_api import expect

from d2l_ext import GridExplorer, grid, grids

from .hands import agrees
from .kinds import map_of_results, near_map, own_map, weighed

METHODS = ("adamw", "independent_adam")


def at(explorer, **values):
    explorer.values = explorer.values | values
    return explorer.result()


@pytest.mark.parametrize("method", [0, 1])
@pytest.mark.parametrize("column", range(10))
def test_its_numbers_are_those_of_the_results(method, column):
    found = at(map_of_results(), method=method, column=column)
    seeds = weighed().table("test error, %", "weight_decay", "lr", method=METHODS[method])
    mean, decays = seeds.mean(2), [0.001, 0.01, 0.1, 1]
    row = mean[:, column].argmin()
    assert found["across"] == [0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2][column]
    assert found["best"] == decays[row]
    assert found["value"] == pytest.approx(mean[row, column], rel=1e-4)
    assert found["seeds"] == pytest.approx([seeds[row, column].min(), seeds[row, column].max()], rel=1e-4)
    assert found["least"][2] == pytest.approx(mean.min(), rel=1e-4)
    best = [decays[i] for i in mean.argmin(0)]
    assert found["ridge"] == [min(best), max(best)]
    fit, share = grids.additive(np.log(mean))
    assert found["share"] == pytest.approx(share, abs=1e-3)
    assert found["fit"] == pytest.approx(np.exp(fit[row, column]), rel=1e-3)


def test_an_upright_bowl_adds_up_and_a_leaning_one_does_not():
    """What the separability measures see: one best decay for all, or one that follows the learning rate."""
    upright, leaning = (at(map_of_results(), method=method) for method in (0, 1))
    assert upright["share"] > 0.98 and upright["ridge"] == [0.1, 0.1]
    assert leaning["share"] < 0.75 and leaning["ridge"] == [0.01, 1]


def test_a_measure_that_can_be_negative_is_taken_as_it_is():
    found = at(map_of_results(), measure=1, column=0)
    table = weighed().mean("gain", "weight_decay", "lr", method="adamw")
    assert table.min() < 0 and found["share"] == pytest.approx(1, abs=1e-6)
    assert found["value"] == pytest.approx(table[:, 0].min(), rel=1e-4)


def test_its_words_follow(show):
    (live,) = show(map_of_results())
    summary = expect(live.root.locator(".summary"))
    summary.to_contain_text("at η = 0.002 it is λ = 0.1: test error 11.7 %")
    summary.to_contain_text("(seeds 11.5 to 11.9).")
    summary.to_contain_text("the same λ is best for every η; lowest of all is 10.2 %, at η = 0.01, λ = 0.1.")
    summary.to_contain_text(
        "one number for each η and one for each λ explain 99.5 % of the variance of log test error"
    )
    live.slider("method").press("End")
    summary.to_contain_text(
        "the best λ′ lies between 0.01 and 1; lowest of all is 10.2 %, at η = 0.01, λ′ = 0.1."
    )
    live.slider("column").press("End")
    summary.to_contain_text("at η = 0.2 it is λ′ = 1, the largest here: test error")
    live.slider("measure").press("End")
    summary.to_contain_text("of the variance of gain.")
    expect(live.root.locator("output")).to_have_text(["Adam + independent decay", "gain", "0.2"])


def test_one_run_a_place_has_no_seeds_in_its_words(show):
    (live,) = show(own_map())
    summary = expect(live.root.locator(".summary"))
    summary.to_contain_text("at width = 16 it is depth = 1, the smallest here: loss 0.238.")
    assert live.root.locator("input[type=range]:not(.unseen)").count() == 1


@pytest.mark.parametrize("method", [0, 1])
@pytest.mark.parametrize("measure", [0, 1])
def test_cells_near_the_best_are_counted_and_marked(method, measure):
    explorer = near_map()
    found = at(explorer, method=method, measure=measure)
    mean = weighed().mean(("test error, %", "gain")[measure], "weight_decay", "lr", method=METHODS[method])
    marked = explorer.spec["tables"][method][measure]["near"]
    assert 1 < found["near"] == (mean <= mean.min() + 1).sum() < mean.size
    assert {tuple(place) for place in marked} == set(zip(*np.nonzero(mean <= mean.min() + 1), strict=True))
    assert "near" not in map_of_results().result()


def test_its_words_say_how_many_cells_are_near_the_best(show):
    (live,) = show(near_map())
    summary = expect(live.root.locator(".summary"))
    for unit in (" point", ""):
        near = live.result()["near"]
        summary.to_contain_text(f"{near} of 40 cells, those with a dot, are at most 1{unit} above it.")
        live.slider("measure").press("End")
    expect(live.root.locator("output")).to_have_text(["upright", "gain", "0.01"])


def test_a_click_on_the_map_takes_its_column(show):
    explorer = map_of_results()
    (live,) = show(explorer)
    box = live.root.locator(".map canvas").bounding_box()
    for column in (9, 0, 4):
        x = box["x"] + 48 + (column + 0.3) / 10 * (box["width"] - 58)
        live.page.mouse.click(x, box["y"] + 0.6 * box["height"])
        found = live.result()
        assert found["values"]["column"] == column
        agrees(explorer, found)


def test_the_copied_python_has_the_shown_numbers(show, capsys):
    explorer = map_of_results()
    for method, measure, column in ((0, 0, 1), (1, 0, 9), (1, 1, 0)):
        found = at(explorer, method=method, measure=measure, column=column)
        code = explorer.spec["snippet"]
        for name, value in explorer.values.items():
            code = code.replace(f"«{name}»", str(value))
        exec(code, {})
        first, share = capsys.readouterr().out.splitlines()
        assert list(map(float, first.split())) == [found["across"], found["best"], found["value"]]
        assert float(share) == pytest.approx(found["share"], abs=1e-5)


def test_the_books_map_weighs_little():
    runs = json.loads(grids.stored("adamw").read_text())["runs"]
    results = grids.Grid([run["of"] for run in runs], [run["is"] for run in runs]).where(normalised=False)
    payload = json.dumps(GridExplorer(results, by="method").payload()).encode()
    assert len(gzip.compress(payload)) <= 30_000


def test_other_results_are_turned_away():
    def made(function, **axes):
        return grid(function, grids.cells(**axes), jobs=1, bar=False)

    two = made(lambda lr, weight_decay: {"loss": lr * weight_decay}, lr=[1, 2], weight_decay=[1, 2])
    with pytest.raises(TypeError, match="results must be what grid returns, got 3"):
        GridExplorer(3)
    with pytest.raises(ValueError, match="configurations have no depth"):
        GridExplorer(two, up="depth")
    with pytest.raises(ValueError, match="values have no measure 'gain'; there are: loss"):
        GridExplorer(two, measures=["gain"])
    with pytest.raises(ValueError, match="column must be in 0 to 1, got 2"):
        GridExplorer(two, column=2)
    with pytest.raises(ValueError, match="within must be >= 0, got -1"):
        GridExplorer(two, within=-1)
    lost = made(lambda lr, weight_decay: {"loss": float("nan")}, lr=[1, 2], weight_decay=[1])
    with pytest.raises(ValueError, match="results must be finite, but loss is not everywhere"):
        GridExplorer(lost)
    with pytest.raises(ValueError, match="lr must have at least two values"):
        GridExplorer(two.where(lr=1))
    with pytest.raises(ValueError, match="must have one run; fix what differs"):
        GridExplorer(weighed())
    uneven = grids.Grid(weighed().configurations[:-4], weighed().values[:-4])
    with pytest.raises(ValueError, match="lr must have the same values for every method"):
        GridExplorer(uneven, by="method")
