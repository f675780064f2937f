"""What holds for every test of the project."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

# How long a case takes says nothing of what is tested: machines are busy.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_make_parametrize_id(val: Any, argname: str) -> str | None:
    """A case of many bytes is called by their number: what it holds may carry the time.

    Workers that run the suite side by side compare the names of what they collected.
    """
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) and len(val) > 16 else None
