"""All files of `live/` are joined into one function, where a name can be declared only once."""

from __future__ import annotations

import re
from collections import Counter

from d2l_ext.explorers import assets

DECLARED = re.compile(r"^(?:async )?(?:function|const|let|class) (?:\[([\w, ]+)\]|\{([\w, ]+)\}|(\w+))", re.M)


def test_no_name_is_declared_twice():
    sources = dict.fromkeys([*assets.SHARED, *(file for files in assets.VIEWS.values() for file in files)])
    names = Counter()
    for source in map(assets._read, sources):
        for found in DECLARED.finditer(source):
            names.update(re.findall(r"\w+", next(filter(None, found.groups()))))
    assert names["explorerView"] == 1, "the pattern finds nothing"
    assert not [name for name, count in names.items() if count > 1]
