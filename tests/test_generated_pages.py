"""The generated pages are those the code would make now."""

from __future__ import annotations

from modelassay.formats import BY_ID
from tools import docs


def test_no_page_is_stale() -> None:
    names = [str(path.relative_to(docs.DOCS.parent)) for path in docs.stale()]
    assert names == [], f"refresh with: {docs.REFRESH}"


def test_the_check_is_not_vacuous() -> None:
    pages = dict(docs.pages())
    assert len(pages) > 4
    assert all(text.endswith("\n") for text in pages.values())


def test_every_format_has_a_page() -> None:
    assert [name for name in BY_ID if docs.described(name) is None] == []


def test_every_page_of_a_format_is_linked_from_the_list() -> None:
    listed = (docs.DOCS / "reference" / "formats.md").read_text("utf-8")
    pages = [page.name for page in (docs.DOCS / "formats").glob("*.md")]
    assert [name for name in pages if f"../formats/{name})" not in listed] == []
