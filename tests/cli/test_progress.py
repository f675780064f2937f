from __future__ import annotations

import pytest

from modelassay.cli.progress import pace


@pytest.mark.parametrize(
    ("files", "total", "seconds", "text"),
    [
        (1200, 10_000, 4.0, "1,200 of 10,000 files, 300 a second, 0:29 left"),
        (1200, None, 4.0, "1,200 files, 300 a second"),
        (3, 300, 6.0, "3 of 300 files, 0.5 a second, 9:54 left"),
        (0, 10, 0.0, "0 of 10 files, 0.0 a second"),
        (11, 10, 1.0, "11 files, 11 a second"),
        (0, 0, 0.0, "0 of 0 files, 0.0 a second"),
    ],
)
def test_how_far_it_is(files: int, total: int | None, seconds: float, text: str) -> None:
    assert pace(files, total, seconds) == text
