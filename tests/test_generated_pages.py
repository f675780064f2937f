"""The generated pages are those the code would make now."""

from __future__ import annotations

from tools import docs


def test_no_page_is_stale() -> None:
    names = [str(path.relative_to(docs.DOCS.parent)) for path in docs.stale()]
    assert names == [], f"refresh with: {docs.REFRESH}"


def test_the_check_is_not_vacuous() -> None:
    pages = dict(docs.pages())
    assert len(pages) > 4
    assert all(text.endswith("\n") for text in pages.values())
