"""Java serialization: honest streams are followed to the end, what chains are built of is found."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from modelassay.core.facts import Reference
from modelassay.io.blob import Memory
from tests.formats.exploring import explore
from tests.helpers.scanning import rules_of, scan_bytes

DATA = Path(__file__).parent.parent / "data" / "java-17"
START = b"\xac\xed\0\5"
NULL, END = b"\x70", b"\x78"
TRANSFORMER = "org.apache.commons.collections.functors.InvokerTransformer"


def utf(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def text(value: str) -> bytes:
    return b"\x74" + utf(value)


def described(name: str, *fields: tuple[str, str], flags: int = 2, base: bytes = NULL) -> bytes:
    told = b""
    for kind, field in fields:
        told += kind[:1].encode() + utf(field) + (text(kind) if kind[0] in "[L" else b"")
    count = struct.pack(">H", len(fields))
    return b"\x72" + utf(name) + bytes(8) + bytes([flags]) + count + told + END + base


def made(name: str, *fields: tuple[str, str], data: bytes = b"", flags: int = 2) -> bytes:
    return b"\x73" + described(name, *fields, flags=flags) + data


def array(data: bytes) -> bytes:
    return b"\x75" + described("[B") + struct.pack(">i", len(data)) + data


def test_collections_of_java_are_silent_and_complete() -> None:
    report = scan_bytes((DATA / "collections.ser").read_bytes())
    assert [one.format for one in report.artifacts] == ["java"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize("name", ["objects.model", "proxy.ser"])
def test_objects_of_an_unknown_program_are_told(name: str) -> None:
    report = scan_bytes((DATA / name).read_bytes())
    assert report.complete
    assert rules_of(report) == {"java-class": "medium"}


def test_every_class_is_told_once_with_its_count() -> None:
    found = explore(DATA / "objects.model").of(Reference)
    names = {one.target: one.count for one in found if one.role == "java-object"}
    assert names["Make$Node"] == 1
    assert {"Make$Tree", "Make$Kind", "java.util.LinkedHashMap", "[[I", "Make$Outside"} <= set(
        names
    )


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        (made(TRANSFORMER), "critical"),
        (
            made("java.util.HashMap", ("Ljava/lang/Object;", "x"), data=made(TRANSFORMER)),
            "critical",
        ),
        (
            made("java.util.ArrayList", flags=3, data=b"\x77\1x" + made(TRANSFORMER) + END),
            "critical",
        ),
        (b"\x75" + described(f"[L{TRANSFORMER};") + bytes(4), "critical"),
        (b"\x76" + described(TRANSFORMER), "critical"),
        (made("weka.core.Thing", flags=2)[:-1] + described(TRANSFORMER), "critical"),
        (made("javax.management.BadAttributeValueExpException"), "critical"),
        (made("com.sun.rowset.JdbcRowSetImpl"), "critical"),
        (made("java.net.URL"), "high"),
        (made("java.lang.invoke.SerializedLambda"), "high"),
        (text("ldap://192.0.2.7/a"), "critical"),
        (made("com.acme.Model"), "medium"),
        (b"\x73\x7d" + struct.pack(">i", 1) + utf("java.util.Map") + END + NULL, "medium"),
        (array(START + made(TRANSFORMER)), "critical"),
        (b"\x7a" + struct.pack(">i", 200) + START + made(TRANSFORMER) + bytes(200), "critical"),
        (b"\x79" + NULL + made(TRANSFORMER), "critical"),
    ],
)
def test_what_chains_are_built_of(body: bytes, severity: str) -> None:
    assert rules_of(scan_bytes(START + body))["java-class"] == severity


def test_what_cannot_be_followed_is_searched() -> None:
    alone = made("weka.Own", flags=4, data=b"\x99" * 50) + made(TRANSFORMER)
    report = scan_bytes(START + alone)
    assert not report.complete
    assert rules_of(report)["java-class"] == "critical"


def test_honest_models_are_silent() -> None:
    body = made(
        "weka.classifiers.trees.J48",
        ("I", "m_Folds"),
        ("[D", "m_Weights"),
        ("Lweka/core/Instances;", "m_Data"),
        data=bytes(4) + NULL + made("weka.core.Instances"),
    )
    report = scan_bytes(START + body, "j48.model")
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    "body",
    [
        b"\x71\0\x7e\0\0",
        b"\x75" + described("[J") + b"\x7f\xff\xff\xff",
        b"\x75" + described("[Ljava.lang.Object;") + b"\x7f\xff\xff\xff" + NULL * 20,
        b"\x7d\x7f\xff\xff\xff",
        b"\x7c" + b"\x7f" * 8,
        (b"\x75" + described("[Ljava.lang.Object;") + b"\0\0\0\1") * 2000,
        b"\x73\x72" + utf("a") + bytes(8) + b"\2\xff\xff",
        b"\x00",
    ],
)
def test_lies_end_it_without_an_error(body: bytes) -> None:
    report = scan_bytes(START + body, "a.ser")
    assert not report.complete
    assert not report.errors


def test_cut_and_changed_streams() -> None:
    data = (DATA / "objects.model").read_bytes()
    whole = START + made(TRANSFORMER, ("Ljava/lang/String;", "x"), data=text("a")) + NULL
    for end in range(4, len(data), 3):
        assert not scan_bytes(data[:end], "a.ser").errors
    for end in range(80, len(whole)):
        assert rules_of(scan_bytes(whole[:end]))["java-class"] == "critical"
    for at in range(4, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        assert not scan_bytes(bytes(changed), "a.ser").errors


def test_a_file_that_only_starts_alike_is_none() -> None:
    from modelassay.formats.java import identify

    assert not identify(Memory(b"\xac\xed\0\5\x00"))
    assert identify(Memory(START + NULL))
