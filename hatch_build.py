"""Compiles the pickle machine when a wheel is built, if there is something to compile it with.

The sources are the `.py` files themselves; a `.pxd` beside one gives C types to its classes. Where
a `.pyx` stands beside one as well, it stands in for it.
Without a C compiler or Cython, with MODELASSAY_PURE=1, or for an editable install, the wheel is
pure Python.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PURE = "MODELASSAY_PURE"
#: What a typed source means in C is what it means in Python: no wrapping, no unchecked index.
DIRECTIVES = {
    "language_level": 3,
    "annotation_typing": False,
    "binding": False,
    "boundscheck": True,
    "overflowcheck": True,
}


class CompileHook(BuildHookInterface[Any]):
    """Adds the compiled modules to the wheel, beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See `BuildHookInterface.initialize`."""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        if version == "editable" or os.environ.get(PURE) == "1":
            return
        source = Path(self.root, "src")
        self._scratch = tempfile.TemporaryDirectory(prefix="modelassay-")
        try:
            modules = compile_modules(source, Path(self._scratch.name))
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            self.app.display_warning(f"the pickle machine is not compiled ({reason})")
            return
        build_data["force_include"].update({str(path): name for name, path in modules.items()})
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """See `BuildHookInterface.finalize`."""
        if self._scratch is not None:
            self._scratch.cleanup()


def typed(source: Path) -> list[Path]:
    """Return the modules below `source` with a `.pxd` beside them, or what stands in for one."""
    found = sorted(source.rglob("*.pxd"))
    inner = [path.with_suffix(".pyx") for path in found]
    return [path if path.exists() else path.with_suffix(".py") for path in inner]


def compile_modules(source: Path, scratch: Path) -> dict[str, Path]:
    """Compile the typed modules below `source` into `scratch`; return them by path in the wheel.

    Raises whatever Cython, setuptools or the compiler raise.
    """
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    windows = sys.platform == "win32"
    here = Path.cwd()
    os.chdir(source)  # relative paths are what ends up in the binaries
    try:
        extensions = [
            Extension(
                ".".join(path.relative_to(source).with_suffix("").parts),
                [str(path.relative_to(source))],
                extra_compile_args=[] if windows else ["-O2", "-g0"],
                extra_link_args=[] if windows or sys.platform == "darwin" else ["-s"],
            )
            for path in typed(source)
        ]
        modules = cythonize(
            extensions, build_dir=str(scratch / "c"), compiler_directives=DIRECTIVES, quiet=True
        )
        command = build_ext(Distribution({"name": "modelassay", "ext_modules": modules}))
        command.build_lib, command.build_temp = str(scratch / "lib"), str(scratch / "objects")
        command.parallel = os.cpu_count()
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(here)
    library = scratch / "lib"
    return {
        path.relative_to(library).as_posix(): path
        for path in sorted(library.rglob("*"))
        if path.suffix in (".so", ".pyd")
    }
