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
        ("..%2f..%2fx", "climbing", "climbs out of the folder"),
        ("%252e%252e%252fx", "climbing", "climbs out of the folder"),
        ("\uff0e\uff0e\uff0fx", "climbing", "climbs out of the folder"),
        ("\u2025/x", "climbing", "climbs out of the folder"),
        ("..\u2215x", "climbing", "climbs out of the folder"),
        (".\u200d./x", "climbing", "climbs out of the folder"),
        (".. /x", "climbing", "climbs out of the folder"),
        (".../x", "climbing", "climbs out of the folder"),
        (" /etc/passwd", "absolute", "is absolute"),
        ("$HOME/x", "absolute", "is absolute"),
        ("${HOME}/x", "absolute", "is absolute"),
        ("%APPDATA%\\x", "absolute", "is absolute"),
        ("\\\\?\\C:\\x", "absolute", "is absolute"),
        ("\\\\?\\UNC\\host\\x", "share", "is absolute"),
        ("//host/share/x", "share", "is absolute"),
        ("file://host/share/x", "share", "is absolute"),
        ("file:////host/share/x", "share", "is absolute"),
        ("file://localhost/etc/passwd", "absolute", "is absolute"),
        ("jar:file:/etc/x!/y", "absolute", "is absolute"),
        ("jar:http://example.org/x", "url", "is a URL"),
        ("zip::s3://bucket/x", "url", "is a URL"),
        ("http:\\\\example.org\\x", "url", "is a URL"),
        ("100%25.bin", "inside", None),
        ("a%20b.bin", "inside", None),
        ("${paths.data}/x", "inside", None),
        ("nemo:weights.model", "inside", None),
        ("model:latest", "inside", None),
        ("weights..bin", "inside", None),
        ("\u91cd\u307f\uff0fw.bin", "inside", None),
        ("weights\0.bin", "absolute", "has a zero byte in it"),
    ],
)
def test_a_reference_leads_where_a_loader_would_go(
    target: str, where: str, how: str | None
) -> None:
    assert (destination(target), escape(target)) == (where, how)
