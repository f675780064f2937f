"""Disassembly against the `dis` of the running interpreter and by hand for others."""

import dis
import marshal
import sys
import types
from pathlib import Path

import pytest

from modelassay.formats.pycode import CodeObject, disassemble, read
from modelassay.formats.pycode.decoding import instructions
from modelassay.formats.pycode.opcodes import known_versions, table
from tests.formats.pycode.conftest import VERSIONS, Samples

RUNNING = sys.version_info[:2]


def body(samples: Samples, name: str) -> CodeObject:
    return samples.code(name).nested[0]


def test_there_is_a_table_for_every_version() -> None:
    assert list(known_versions()) == VERSIONS


@pytest.mark.skipif(RUNNING not in VERSIONS, reason="no table for the running interpreter")
@pytest.mark.parametrize("module", ["argparse.py", "inspect.py", "asyncio/tasks.py"])
def test_instructions_are_those_of_dis(module: str) -> None:
    real = compile((Path(types.__file__).parent / module).read_text(), module, "exec")
    pending, count = [(real, read(marshal.dumps(real)).value)], 0
    while pending:
        expected, code = pending.pop()
        assert isinstance(code, CodeObject)
        found = {one.offset: one for one in instructions(code, RUNNING)}
        for instruction in dis.get_instructions(expected):
            one = found[instruction.offset]
            assert (one.name, one.argument or 0) == (instruction.opname, instruction.arg or 0)
            if one.target is not None:
                assert one.target == instruction.argval
            count += 1
        inner = [one for one in expected.co_consts if isinstance(one, types.CodeType)]
        pending.extend(zip(inner, code.nested, strict=True))
    assert count > 1000


@pytest.mark.skipif(RUNNING not in VERSIONS, reason="no table for the running interpreter")
def test_stack_effects_of_the_table_are_real() -> None:
    checked = 0
    for name, (constant, slope) in table(RUNNING).effects.items():
        takes = dis.opmap[name] >= dis.HAVE_ARGUMENT
        for argument in (1, 3) if takes else (None,):
            effect = dis.stack_effect(dis.opmap[name], argument, jump=False)
            assert effect == constant + slope * (argument or 0), name
            checked += 1
    assert checked > 80


def test_names_and_constants_are_resolved(samples: Samples) -> None:
    lines = disassemble(body(samples, "alias"), samples.version)
    texts = [line.partition(" ")[2] for line in lines]
    assert "IMPORT_NAME os" in texts
    assert "STORE_FAST o" in texts
    assert any(text.endswith("'id'") for text in texts)
    assert any(text in ("LOAD_ATTR system", "LOAD_METHOD system") for text in texts)


def test_offsets_only_rise(samples: Samples) -> None:
    for name in samples.names:
        for code in samples.code(name).walk():
            offsets = [int(line.split()[0]) for line in disassemble(code, samples.version)]
            assert offsets == sorted(set(offsets))


def test_output_is_cut_at_the_limit(samples: Samples) -> None:
    lines = disassemble(body(samples, "alias"), limit=3)
    assert len(lines) == 4
    assert lines[-1] == "..."


def test_unknown_instructions_and_bad_indices_are_shown() -> None:
    code = CodeObject(code=bytes([255, 7, 100, 9, 90, 9]), versions=((3, 8),))
    assert disassemble(code, (3, 8)) == [
        "0 <255> 7",
        "2 LOAD_CONST <missing>",
        "4 STORE_NAME <missing>",
    ]


def test_extended_arguments_add_up() -> None:
    consts = tuple(range(70_000))
    wide = CodeObject(code=bytes([144, 1, 144, 0, 100, 5]), consts=consts)
    assert disassemble(wide, (3, 8))[-1] == f"4 LOAD_CONST {0x10005}"
    old = CodeObject(code=b"\x91\x01\x00\x64\x05\x00", consts=consts)
    assert disassemble(old, (2, 7))[-1] == f"3 LOAD_CONST {0x10005}"


def test_a_jump_behind_a_prefix_shows_what_would_run() -> None:
    code = CodeObject(code=bytes([110, 2, 144, 1, 100, 0, 83, 0]), consts=("hidden",))
    assert "4 LOAD_CONST <missing>" in disassemble(code, (3, 8))
    assert "4 LOAD_CONST 'hidden'" in disassemble(code, (3, 8))


def test_specialised_instructions_bear_the_name_of_their_family() -> None:
    names = table((3, 11)).names
    assert names.count("LOAD_GLOBAL") > 2
    assert "LOAD_GLOBAL_MODULE" not in names


@pytest.mark.parametrize("version", VERSIONS)
def test_any_byte_string_is_shown(version: tuple[int, int]) -> None:
    every = CodeObject(code=bytes(range(256)) * 2)
    assert len(disassemble(every, version, limit=1000)) > 50
    assert disassemble(CodeObject(code=b"\x01"), version)
    assert disassemble(CodeObject(), version) == []
