"""Payloads in every place of real models of each format: a sample of what `evals.planted` does."""

from __future__ import annotations

import pytest

from evals.planted import judge
from tests.helpers.planting import Host, hosts, plants
from tests.helpers.programs import KINDS
from tests.helpers.scanning import scan_bytes

HOSTS = {f"{host.format}: {host.name}": host for host in hosts() if host.style != "array"}
NAMES = sorted(KINDS)


def _cells(number: int, host: Host) -> list[tuple[str, str]]:
    """Return a place and a payload each, so that every payload meets many places and formats."""
    places = list(dict.fromkeys(plant.place for plant in plants(host, "elf", KINDS["elf"])))
    return [(place, NAMES[(number + 5 * at) % len(NAMES)]) for at, place in enumerate(places)]


@pytest.mark.parametrize("name", HOSTS)
def test_a_payload_in_every_place(name: str) -> None:
    host = HOSTS[name]
    wrong = {}
    for place, kind in _cells(sorted(HOSTS).index(name), host):
        for plant in plants(host, kind, KINDS[kind]):
            if plant.place == place and (why := judge(scan_bytes(plant.data, host.name), plant)):
                wrong[place, kind] = why
    assert not wrong
