"""Licences as models name them, and the ids SPDX has for them.

Sources: the identifiers of the Hugging Face Hub
(https://huggingface.co/docs/hub/repositories-licenses) and https://spdx.org/licenses/. A name that
stands for several licences, such as `gpl`, is left as a name; so is one that SPDX does not list.
"""

from __future__ import annotations

from typing import Final

_IDS: Final = (
    *("0BSD", "AFL-3.0", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause"),
    *("BSD-3-Clause-Clear", "BSL-1.0", "CC0-1.0", "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0"),
    *("CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0"),
    *("CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-2.0"),
    *("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "CDLA-Sharing-1.0", "CDLA-Permissive-1.0"),
    *("CDLA-Permissive-2.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "etalab-2.0", "EUPL-1.1"),
    *("EUPL-1.2", "AGPL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "GPL-2.0", "GPL-2.0-only"),
    *("GPL-3.0", "GPL-3.0-only", "GPL-3.0-or-later", "LGPL-2.1", "LGPL-2.1-only", "LGPL-3.0"),
    *("LGPL-3.0-only", "LGPL-3.0-or-later", "ISC", "LPPL-1.3c", "MIT", "MPL-2.0", "MS-PL"),
    *("NCSA", "ODbL-1.0", "ODC-By-1.0", "OFL-1.1", "OSL-3.0", "PDDL-1.0", "PostgreSQL"),
    *("Python-2.0", "Unlicense", "WTFPL", "Zlib"),
)
_SPDX: Final = {one.lower(): one for one in _IDS}
_ALIASES: Final = {"odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0"}
#: What a model has instead of a licence where its name stands elsewhere, or nowhere.
_PLACEHOLDERS: Final = frozenset(("other", "unknown"))


def licences(names: tuple[str, ...]) -> list[dict[str, dict[str, str]]]:
    """Return the licences that a model names, as CycloneDX has them."""
    named = [name for name in names if name.lower() not in _PLACEHOLDERS]
    return [{"license": _licence(name)} for name in named or names]


def _licence(name: str) -> dict[str, str]:
    known = _SPDX.get(name.lower()) or _ALIASES.get(name.lower())
    return {"id": known} if known else {"name": name}
