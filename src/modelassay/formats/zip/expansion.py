"""How far compressed bytes grow, as a fact."""

from __future__ import annotations

from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.io.blob import Blob

FROM_SIZE: Final = 64 << 20
FROM_RATIO: Final = 200


def expansion(consumed: int, blob: Blob, at: int) -> Anomaly | None:
    """Return the fact that `consumed` bytes at offset `at` became a large `blob`, or `None`.

    Its values are the bytes compressed, the bytes they became, and how many one byte of the file
    became through all layers of compression.
    """
    overall = round(blob.expansion)
    if blob.size < FROM_SIZE or overall < FROM_RATIO:
        return None
    message = f"{consumed} compressed bytes become {blob.size}"
    values = (Const(consumed), Const(blob.size), Const(overall))
    return Anomaly(kind="compression-ratio", message=message, values=values, at=Location(at))
