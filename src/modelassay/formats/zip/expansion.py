"""How far compressed bytes grow, as a fact."""

from __future__ import annotations

from typing import Final

from modelassay.core.facts import Anomaly, Location
from modelassay.core.values import Const
from modelassay.io.inflate import Inflated

FROM_SIZE: Final = 64 << 20
FROM_RATIO: Final = 200


def expansion(inflated: Inflated, at: int) -> Anomaly | None:
    """Return the fact that a stream at offset `at` grows far, `None` if it does not.

    Its values are the bytes compressed, the bytes they became, and how many one byte of the file
    became through all layers of compression.
    """
    size = inflated.blob.size
    overall = round(inflated.blob.expansion)
    if size < FROM_SIZE or overall < FROM_RATIO:
        return None
    message = f"{inflated.consumed} compressed bytes become {size}"
    values = (Const(inflated.consumed), Const(size), Const(overall))
    return Anomaly(kind="compression-ratio", message=message, values=values, at=Location(at))
