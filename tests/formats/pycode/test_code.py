"""Code objects from the arguments that pickles hold."""

import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.formats.pycode import Opaque, best_versions, from_arguments, references
from tests.formats.pycode.conftest import Samples


def test_arguments_of_every_version(samples: Samples) -> None:
    code = from_arguments(samples.arguments)
    assert code is not None
    assert samples.version in best_versions(code)
    assert (code.name, code.filename, code.names) == ("f", "alias", ("os", "system"))
    assert code.varnames == ("o",)
    assert not code.faults
    assert "os.system('id')" in map(str, references(code).found)


@pytest.mark.parametrize("table", [b"\x00\x01", "text", Opaque("result of a call")])
def test_dill_puts_a_line_table_first(table: object, samples: Samples) -> None:
    code = from_arguments([table, *samples.arguments])
    assert code is not None
    assert code.names == ("os", "system")


def test_bytes_may_come_as_text(samples: Samples) -> None:
    plain = from_arguments(samples.arguments)
    as_text = [
        one.decode("latin-1") if isinstance(one, bytes) else one for one in samples.arguments
    ]
    code = from_arguments(as_text)
    assert code is not None
    assert plain is not None
    assert code.names == plain.names
    if max(plain.code) < 0x80 or samples.version < (3, 0):
        assert code.code == plain.code


def test_free_and_cell_variables_may_be_left_out(samples: Samples) -> None:
    code = from_arguments(samples.arguments[:-2])
    assert code is not None
    assert code.freevars == ()


def test_opaque_arguments_leave_holes(samples: Samples) -> None:
    values = samples.arguments
    values[values.index(("os", "system"))] = Opaque("unknown")
    code = from_arguments(values)
    assert code is not None
    assert code.names == ()
    assert code.faults


@pytest.mark.parametrize("values", [[], [1], ["x"] * 16, [0] * 18, [None] * 30])
def test_other_arguments_are_no_code(values: list[object]) -> None:
    assert from_arguments(values) is None


anything = st.none() | st.integers() | st.text() | st.binary() | st.tuples(st.text())


@given(st.lists(anything, max_size=22))
def test_any_arguments_never_raise(values: list[object]) -> None:
    code = from_arguments(values)
    assert code is None or references(code).found is not None


def test_nothing_is_ever_made_into_a_real_code_object(samples: Samples) -> None:
    assert not isinstance(from_arguments(samples.arguments), types.CodeType)
