"""Functions of R that reach out of the session, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Code

_EFFECTS: Final = {
    "runs a command": "system system2 shell shell.exec pipe processx::run run_process Rscript",
    "runs text as code": "parse str2lang str2expression source sys.source py_run_string "
    "py_run_file py_eval sourceCpp",
    "loads native code": "dyn.load library.dynam",
    "reads or writes files": "unlink file.remove file.rename writeLines writeBin write.table "
    "saveRDS sink readRDS load",
    "goes to the network": "download.file url socketConnection serverSocket curl_fetch_memory "
    "install.packages install_github",
    "changes the process": "Sys.setenv Sys.setlocale quit setwd makeActiveBinding reg.finalizer",
}
EFFECTS: Final = {name: effect for effect, names in _EFFECTS.items() for name in names.split()}


#: What calls a function by its name.
_DISPATCH: Final = frozenset({"do.call", "match.fun", "get", "mget", "Reduce", "lapply", "sapply"})


def reaching(code: Code) -> Iterator[tuple[str, str]]:
    """Yield each function that `code` calls, or has called, and that reaches out."""
    seen = set()
    for reference in code.references:
        names = [reference.name] if reference.called or "." in reference.name else []
        names += reference.args if reference.name in _DISPATCH else ()
        names += [reference.name] if reference.name in ("system", "system2") else ()
        for name in names:
            if name in EFFECTS and name not in seen:
                seen.add(name)
                yield name, EFFECTS[name]
