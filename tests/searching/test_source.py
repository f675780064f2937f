"""A script shown in source is source; an executable spelt out in it is still found."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from modelassay import scan

SHOWN = "'''Run it.\n\n    >>> matches('#!/usr/bin/env python')\n    True\n'''\n\nimport re\n\n"
BODY = "def matches(line):\n    return re.match('#!.*python', line) is not None\n" * 3


@pytest.mark.parametrize("name", ["util.py", "notes.txt"])
def test_a_shebang_in_a_text_hides_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SHOWN + BODY)
    assert scan(tmp_path / name).verdict == "clean"


def test_a_pickle_spelt_out_in_source_is_found(tmp_path: Path) -> None:
    evil = base64.b64encode(
        b"\x80\x02cposix\nsystem\n(S'echo one that is long enough to be told'\ntR."
    ).decode()
    (tmp_path / "util.py").write_text(f"{BODY}\nBLOB = '{evil}'\n")
    assert scan(tmp_path / "util.py").verdict == "malicious"
