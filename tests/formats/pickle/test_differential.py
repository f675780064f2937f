"""The machine against the loaders of this Python: what they do, it tells.

The loaders run in a limited child process over inert stubs. Every global they resolve, call or
change is told by the machine, also of streams that fail later; where they reach STOP, it does too.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from modelassay.core.values import Extension, Persistent
from tests.formats.pickle.oracle import Oracle
from tests.formats.pickle.run import imports, lookups, read, run, uses
from tests.formats.pickle.streams import DAMAGED, PICKLED, WRITTEN

MANY = settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    oracle = Oracle()
    yield oracle
    oracle.close()
    assert oracle.asked > 100
    assert oracle.died <= oracle.asked // 50


def hold(oracle: Oracle, data: bytes) -> None:
    """Hold the machine against the loaders."""
    told = oracle.ask(data)
    assume(told is not None)
    assert told is not None
    machine = read(data)
    # At the very end of a file `Lib/pickle.py` takes a name without its last byte and looks it up.
    # Nothing can follow, and the name is none of the file's: that is not told.
    cut = str(machine.error) == "a name does not end"
    resolved = told["sure" if cut else "names"]
    names = {(module, name) for module, name in resolved if module != "extmod"}
    assert names <= imports(machine)
    used = {(module, name, how) for module, name, how in told["used"] if module != "extmod"}
    assert used <= uses(machine)
    if any(module == "extmod" for module, _ in told["names"]):
        assert lookups(machine, Extension) > 0
    # Three loaders were asked.
    assert told["persistent"] <= 3 * lookups(machine, Persistent)
    if told["stop"] is not None and machine.lost is None:
        assert machine.error is None
        # A frame is read from a file as one, whatever stands behind the STOP in it.
        assert machine.stopped
        assert told["stop"] in (machine.position, machine.frame_end)


@MANY
@given(data=WRITTEN)
@example(data=b"I0x1\n0(cos\nsystem\nV'id'\no.")
@example(data=b"N" + b"p6\x00x\n0g6\ncos\nsystem\n.")
@example(data=b"\x80\x04" + b"N" + b"p" + b" " * 5000 + b"1\n" + b"cos\nsystem\n.")
@example(data=b"\x80\x04cos\n" + b"path." * 2000 + b"x\n.")
@example(data=b"(S'id'\nios\nsystemX")
@example(data=b"cos\nsystem\n](S'id'\nlR.")
@example(data=b"cos\nsystem\n)R(NNNu.")
@example(data=b"cos\nsystem\n)R(e.")
def test_written_streams(oracle: Oracle, data: bytes) -> None:
    hold(oracle, data)


@MANY
@given(data=PICKLED)
def test_pickled_objects(oracle: Oracle, data: bytes) -> None:
    hold(oracle, data)
    machine = run(data)
    assert machine.stopped
    assert machine.position == len(data)


@MANY
@given(data=DAMAGED)
def test_damaged_streams(oracle: Oracle, data: bytes) -> None:
    hold(oracle, data)


@MANY
@given(data=PICKLED | WRITTEN)
def test_opcodes_as_pickletools_reads_them(data: bytes) -> None:
    try:
        offsets = [offset or 0 for _, _, offset in pickletools.genops(data)]
    except Exception:
        return
    machine = run(data)
    if machine.error is None:
        assert machine.ops == len(offsets)
        assert machine.position == offsets[-1] + 1
