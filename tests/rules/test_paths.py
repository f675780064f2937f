"""Where references lead."""

from __future__ import annotations

import pytest

from modelassay.rules.paths import destination, escape


@pytest.mark.parametrize(
    ("target", "where", "how"),
    [
        ("weights.bin", "inside", None),
        ("a/../b/weights.bin", "inside", None),
        ("./sub\\weights.bin", "inside", None),
        ("../weights.bin", "climbing", "climbs out of the folder"),
        ("a\\..\\..\\weights.bin", "climbing", "climbs out of the folder"),
        ("/etc/passwd", "absolute", "is absolute"),
        ("C:\\secret.bin", "absolute", "is absolute"),
        ("C:secret.bin", "absolute", "is absolute"),
        ("~/secret.bin", "absolute", "is absolute"),
        ("file:///etc/passwd", "absolute", "is absolute"),
        ("file:secret", "absolute", "is absolute"),
        ("\\\\host\\share\\weights.bin", "share", "is absolute"),
        ("https://example.org/weights.bin", "url", "is a URL"),
        ("s3://bucket/weights.bin", "url", "is a URL"),
        ("data:;base64,AA==", "url", "is a URL"),
        ("weights\0.bin", "absolute", "has a zero byte in it"),
    ],
)
def test_a_reference_leads_where_a_loader_would_go(
    target: str, where: str, how: str | None
) -> None:
    assert (destination(target), escape(target)) == (where, how)
