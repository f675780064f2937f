"""XML documents: prologs in any encoding, networks of OpenVINO, PMML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay import scan
from modelassay.io.xml import decode, read_prolog, read_tags
from tests.helpers.events import Said
from tests.helpers.scanning import rules_of, scan_bytes

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"]
encodings = pytest.mark.parametrize("encoding", ENCODINGS)


def layer(type: str = "Const", version: str = "opset1", data: str = "") -> str:
    return f'<layer id="0" name="w" type="{type}" version="{version}">{data}<output/></layer>'


def data(offset: object = 0, size: object = 8, shape: str = "2", kind: str = "f32") -> str:
    return f'<data element_type="{kind}" shape="{shape}" offset="{offset}" size="{size}"/>'


def network(*layers: str, prolog: str = "", encoding: str = "UTF-8") -> str:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    inside = "".join(layers)
    return f'{declared}{prolog}<net name="n" version="11"><layers>{inside}</layers></net>'


def pmml(inside: str = "", prolog: str = "") -> str:
    namespace = 'xmlns="http://www.dmg.org/PMML-4_4"'
    return f'<?xml version="1.0"?>{prolog}<PMML {namespace} version="4.4">{inside}</PMML>'


XXE = '<!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
BOMB = (
    '<!DOCTYPE net [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else chr(0)};" * 10}">' for n in range(9))
    + "]>"
).replace("\0", "")


@encodings
def test_honest_networks_are_silent(encoding: str) -> None:
    text = network(layer(data=data()), layer("Result"), encoding=encoding.upper())
    report = scan_bytes(text.encode(encoding), "model.xml")
    assert [one.format for one in report.artifacts] == ["openvino"]
    assert report.complete
    assert not report.findings


@encodings
def test_entities_in_any_encoding(encoding: str) -> None:
    for text in (network(prolog=XXE), pmml(prolog=XXE)):
        text = text.replace('encoding="UTF-8"', "")
        assert rules_of(scan_bytes(text.encode(encoding))) == {"xml-entity": "high"}


@pytest.mark.parametrize(
    ("prolog", "severity"),
    [
        (BOMB, "high"),
        ('<!DOCTYPE net SYSTEM "http://x.example/a.dtd">', "medium"),
        ('<!DOCTYPE net PUBLIC "-//x//" "http://x.example/a.dtd" []>', "medium"),
        ('<!DOCTYPE net [<!ENTITY % p SYSTEM "x"> %p;]>', "high"),
        ("<!DOCTYPE net [<!-- ' --><!ENTITY y PUBLIC 'p' 'file:x'><?z ]> ?>]>", "high"),
        ('<!-- <x> --><!DOCTYPE net [<!ATTLIST net a CDATA "]>"><!ENTITY z SYSTEM "q">]>', "high"),
        (" " * 70_000 + XXE, "high"),
        ('<?xml-stylesheet type="text/xsl" href="http://x.example/a.xsl"?>', "medium"),
    ],
)
def test_prologs(prolog: str, severity: str) -> None:
    assert rules_of(scan_bytes(network(prolog=prolog).encode())) == {"xml-entity": severity}


def test_an_entity_that_is_not_nested_but_used_often() -> None:
    prolog = f'<!DOCTYPE net [<!ENTITY a "{"a" * 40_000}">]>'
    assert rules_of(scan_bytes(pmml("&a;" * 4000, prolog).encode())) == {"xml-entity": "high"}
    assert rules_of(scan_bytes(pmml("&a;" * 4, prolog).encode())) == {}


@pytest.mark.parametrize(
    "front", ["<!-- words -->", "\n<?words?>\n", "<!--" + "x" * 70_000 + "-->"]
)
def test_a_document_type_behind_comments_without_a_declaration(front: str) -> None:
    report = scan_bytes(f"{front}{XXE}<a>&x;</a>".encode())
    assert rules_of(report) == {"xml-entity": "high"}
    assert rules_of(scan_bytes(f"{front}<p>Words & more.".encode())) == {}


def test_a_document_type_of_a_page_is_context() -> None:
    page = '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//" "http://www.w3.org/x"><html/>'
    report = scan_bytes(page.encode())
    assert rules_of(report) == {"xml-entity": "info"}
    assert report.artifacts[0].format == "xml"


def test_an_encoding_nobody_knows_is_not_clean() -> None:
    report = scan_bytes(b'<?xml version="1.0" encoding="rot13"?><net/>')
    assert not report.complete


def test_custom_layers() -> None:
    text = network(layer("Evil", "custom_ext"), layer("Evil", "custom_ext"))
    report = scan_bytes(text.encode())
    assert rules_of(report) == {"custom-layer": "medium"}
    assert report.findings[0].evidence[0].count == 2


@pytest.mark.parametrize(
    "place",
    [data(offset=1 << 60), data(offset=-1), data(size=9), data(shape="4294967296,4294967296")],
)
def test_constants_that_cannot_be(place: str) -> None:
    assert rules_of(scan_bytes(network(layer(data=place)).encode())) == {
        "model-structure": "medium"
    }


def test_the_raw_file_of_a_network(tmp_path: Path) -> None:
    text = network(layer(data=data()), layer(data=data(8, 4, "8", "i4")))
    (tmp_path / "a.xml").write_text(text)
    (tmp_path / "a.bin").write_bytes(b"\x01\x02" * 6)
    (tmp_path / "b.bin").write_bytes(b"\x01\x02" * 6)
    found = {Path(one.path).name: one.status for one in scan(tmp_path).artifacts}
    assert found.items() >= {"a.xml": "scanned", "a.bin": "scanned", "b.bin": "unknown"}.items()


def test_the_raw_file_is_not_as_large_as_an_offset_says(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(network(layer(data=data(1 << 40))))
    (tmp_path / "a.bin").write_bytes(b"\x01\x02" * 600)
    assert not scan(tmp_path).complete


def test_pmml() -> None:
    honest = '<Header/><Extension name="x" value="y"/><Apply function="x-mod"/>'
    report = scan_bytes(pmml(honest).encode(), "m.pmml")
    assert [one.format for one in report.artifacts] == ["pmml"]
    assert report.complete
    assert not report.findings
    called = '<p:Apply function="com.example.Evil"/>'
    assert rules_of(scan_bytes(pmml(called).encode())) == {"pmml-function": "medium"}
    script = '<Extension name="script" value="&lt;script&gt;x&lt;/script&gt;"/>'
    assert rules_of(scan_bytes(pmml(script).encode())) == {
        "active-metadata": "low",
        "pmml-function": "medium",
    }
    include = '<xi:include href="file:///etc/hostname"/>'
    assert rules_of(scan_bytes(pmml(include).encode())) == {"xml-entity": "medium"}


@pytest.mark.parametrize(
    "inside",
    [
        '<Extension name="script" value="Runtime.getRuntime().exec(x)"/>',
        "<Extension><script>java.lang.Runtime</script></Extension>",
        '<Extension value="new ProcessBuilder(x).start()"/>',
        "<Extension>Runtime.getRuntime().exec(x)</Extension>",
        "<Extension> <![CDATA[new ProcessBuilder(a < b).start()]]></Extension>",
    ],
)
def test_scripts_of_pmml(inside: str) -> None:
    text = f'<?xml version="1.0"?><PMML version="4.4"><Header/>{inside}</PMML>'
    assert rules_of(scan_bytes(text.encode()))["pmml-function"] == "medium"


def test_tags_and_what_is_none() -> None:
    text = "<a x='1' y=\"&lt;&#65;\"><!-- <b> --><![CDATA[<c>]]><d/>t</a>"
    tags = [(tag.name, tag.start, tag.attributes) for tag in read_tags(text)]
    assert tags[0] == ("a", True, {"x": "1", "y": "<A"})
    assert [name for name, _, _ in tags] == ["a", "d", "d", "a"]


def test_expansion_is_bounded() -> None:
    assert read_prolog(BOMB).expansion() > 1_000_000_000
    circle = '<!DOCTYPE a [<!ENTITY b "x&c;&c;"><!ENTITY c "&b;&b;">]>'
    assert read_prolog(circle).expansion() > 1_000_000
    assert decode("<a/>".encode("utf-16")) == "<a/>"


def test_broken_documents_keep_what_was_found() -> None:
    text = network(layer("Evil", "custom_ext"))
    for end in range(len(text) - 30, len(text) - 1, 3):
        said = Said("openvino", text[:end].encode())
        assert any(getattr(event, "role", "") == "custom-layer" for event in said.events)


@settings(max_examples=300, deadline=None)
@given(
    text=st.sampled_from([network(layer(data=data()), prolog=BOMB), pmml("<Apply a='b'/>")]),
    place=st.integers(0, 3000),
    patch=st.text(max_size=4),
    encoding=st.sampled_from(ENCODINGS),
)
def test_mutations_never_raise(text: str, place: int, patch: str, encoding: str) -> None:
    place %= len(text)
    changed = text[:place] + patch + text[place + 1 :]
    report = scan_bytes(changed.encode(encoding, "replace"))
    assert not any("defect" in problem.advice for problem in report.errors)
