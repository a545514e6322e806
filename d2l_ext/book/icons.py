"""The theme's icon font and styles, cut down to the icons that pages use: 3 KB instead of 156 KB."""

from __future__ import annotations

import re
from pathlib import Path

from fontTools import subset

FONT = "vendor/fontawesome/webfonts/fa-solid-900.ttf"
FACES = re.compile(r"@font-face\{[^}]*Font Awesome\\ 6[^}]*\}")
# .fa-bars:before,.fa-navicon:before{content:"\f0c9"}
ICON = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\(\w+)"\}')
FACE = '@font-face{font-family:"Font Awesome 6 Free";font-weight:900;font-display:block;src:url(icons.woff)}'


def ship_icons(site: Path) -> None:
    """Keep the icons that the site's pages name and its styles draw."""
    static = site / "_static"
    sheet = static / "styles/pydata-sphinx-theme.css"
    theme = FACES.sub("", sheet.read_text("utf8"))
    pages = [path.read_text("utf8") for path in [*site.rglob("*.html"), *static.glob("scripts/*theme.js")]]
    named = set(re.findall(r"fa-[\w-]+", " ".join(pages)))
    drawn = set()

    def keep(rule: re.Match) -> str:
        if named.isdisjoint(re.findall(r"fa-[\w-]+", rule[1])):
            return ""
        drawn.add(int(rule[2], 16))
        return rule[0]

    theme = ICON.sub(keep, theme)
    styles = theme + (static / "styles/sphinx-book-theme.css").read_text("utf8")
    drawn |= {int(code, 16) for code in re.findall(r"\\(f\w{3})\b", styles)}
    drawn |= {ord(symbol) for symbol in re.findall("[\ue000-\uf8ff]", styles)}
    sheet.write_text(theme + FACE, "utf8")
    write_subset(static / FONT, drawn, sheet.with_name("icons.woff"))


def write_subset(font: Path, symbols: set[int], target: Path) -> None:
    options = subset.Options(flavor="woff")
    whole = subset.load_font(str(font), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=symbols)
    cutter.subset(whole)
    subset.save_font(whole, str(target), options)
