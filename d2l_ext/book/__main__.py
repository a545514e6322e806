"""Build the book in the current folder; a build with errors or warnings leaves `_build/html` as it was."""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path

from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.util.console import nocolor, strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

from d2l_ext.storing import Busy, alone

# What to do about troubles that no page is to blame for.
ADVICE = {
    "No space left|disk is full|File too large|quota exceeded": (
        "There is no space left. Free some and build again: pages that have run are not run again."
    ),
    "Permission denied|Read-only file system": (
        "Something could not be written. Make the folder that is named above writable, or build a copy of "
        "the book in one that is."
    ),
}


class Tee(io.StringIO):
    """Shows what is written at once, and keeps it to be said again at the end."""

    def write(self, text: str) -> int:
        sys.stderr.write(text)
        return super().write(text)


def build(source: Path, html: Path, doctrees: Path) -> str:
    """Build `source` into `html` from fresh doctrees; return what went wrong, or an empty string."""
    overrides = {"external_toc_path": str(source / "_toc.yml"), "latex_individualpages": False}
    warnings = Tee()
    try:
        config, _ = get_final_config(user_yaml=source / "_config.yml", sourcedir=source, cli_config=overrides)
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                srcdir=source,
                confdir=None,
                outdir=html,
                doctreedir=doctrees,
                buildername="html",
                confoverrides=config,
                warning=warnings,
                freshenv=True,
                warningiserror=True,
                keep_going=True,
            )
            app.build()
    except Exception as error:  # whatever stopped it, the last good site stays
        return f"{warnings.getvalue()}{type(error).__name__}: {error}"
    return warnings.getvalue() or ("Sphinx reported a failure" if app.statuscode else "")


def renew(root: Path) -> str:
    """Build beside the last good site, then take its place by two renames; return what went wrong."""
    site, following, previous, doctrees = (root / name for name in ("html", "next", "previous", "doctrees"))
    if previous.exists() and not site.exists():  # killed between the two
        previous.rename(site)
    for leftover in (following, previous, doctrees, root / "jupyter_execute"):
        shutil.rmtree(leftover, ignore_errors=True)
    # Sphinx repeats no warning of a page it has cached: fresh doctrees, or a second build would pass.
    if problems := build(root.parent, following, doctrees):
        return problems
    if site.exists():
        site.rename(previous)
    following.rename(site)
    shutil.rmtree(previous, ignore_errors=True)
    return ""


def main(source: Path) -> int:
    """Build the book in `source`, one process at a time; say how it went."""
    if not sys.stdout.isatty():
        nocolor()
    root = source / "_build"
    site = root / "html"
    busy = "another build is at work in this folder. Wait until it has finished, then build again."
    try:
        with alone(root / "lock", busy):
            problems = renew(root)
    except (Busy, OSError) as error:
        problems = f"{type(error).__name__}: {error}"
    if problems:
        advice = [words for trouble, words in ADVICE.items() if re.search(trouble, problems)]
        said = "\n\n".join([strip_colors(problems).strip(), *advice])
        print(f"\nThe book was NOT built:\n\n{said}\n", file=sys.stderr)
        kept = f"The last good site is still in {site}." if site.exists() else "There is no earlier site."
        print(f"The book was NOT built, see above. {kept}", file=sys.stderr)
        return 1
    print(f"The book is in {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
