"""Read the Python members of wheels and of installed standard libraries, without unpacking them.

Nothing is written to disk, so member names cannot traverse; text is decoded, never executed.
"""

import subprocess
import tokenize
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath

from .scopes import Scope, read_module

MAX_MEMBER = 8 << 20
MAX_TOTAL = 512 << 20
COMPILED = (".so", ".pyd")
SKIPPED_PARTS = frozenset({"tests", "test", "testing", "_testing", "conftest"})
# Modules no pickle names: tests, conversion scripts, templates of generated code, placeholders,
# and models of frameworks whose objects are not pickled.
SCRIPTS = ("test_", "convert_", "modular_", "dummy_", "modeling_tf_", "modeling_flax_")
# Pyodide's own, and its stand-in for a compiled module.
DISTRIBUTION = frozenset({"pyodide", "_pyodide", "_ssl"})
STDLIB_SKIPPED = frozenset({"site-packages", "test", "tests", "idlelib", "lib2to3", "turtledemo"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One module, read when asked for; `stub` marks a .pyi, which has names but no bodies."""

    module: str
    read: Callable[[], bytes]
    is_package: bool
    stub: bool = False

    @property
    def text(self) -> str:
        """Its source."""
        return decode(self.read())


@dataclass(slots=True)
class Tree:
    """The modules of one release."""

    package: str
    version: str
    files: dict[str, SourceFile] = field(default_factory=dict)
    compiled: set[str] = field(default_factory=set)
    _scopes: dict[str, Scope | None] = field(default_factory=dict)

    def add(self, member: str, read: Callable[[], bytes]) -> None:
        """Add a .py or .pyi member; a .py wins over its stub."""
        path = PurePosixPath(member)
        name, is_package = module_name(path)
        stub = path.suffix == ".pyi"
        if stub and name in self.files:
            return
        self.files[name] = SourceFile(name, read, is_package, stub)

    def scope(self, module: str) -> Scope | None:
        """The parsed names of one of its modules; None if it does not parse."""
        if module not in self._scopes:
            source = self.files[module]
            self._scopes[module] = read_module(module, source.is_package, source.text)
        return self._scopes[module]

    def top_levels(self) -> list[str]:
        """Importable top-level names of this release."""
        names = {name.partition(".")[0] for name in (*self.files, *self.compiled)}
        return sorted(name for name in names if name.isidentifier())

    def packages(self) -> list[str]:
        """Top-level modules; of a namespace that several releases share, the packages in it."""
        names = {*self.files, *self.compiled}
        found = {
            top if top in names else ".".join(name.split(".")[:2])
            for name in names
            if (top := name.partition(".")[0]).isidentifier()
        }
        return sorted(found)

    def digest(self) -> str:
        """SHA-256 over the names and content of all that was read, in order."""
        digest = sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{sha256(self.files[name].read()).hexdigest()}\n".encode())
        digest.update("\n".join(sorted(self.compiled)).encode())
        return digest.hexdigest()


def module_name(path: PurePosixPath) -> tuple[str, bool]:
    """Dotted module name of a member path, and whether it is a package."""
    stem = path.name.split(".")[0]
    if stem == "__init__":
        return ".".join(path.parts[:-1]), True
    return ".".join((*path.parts[:-1], stem)), False


def decode(raw: bytes) -> str:
    """Decode source by its own coding cookie; undecodable bytes are replaced."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(raw).readline)
    except SyntaxError:
        encoding = "utf-8"
    return raw.decode(encoding, errors="replace")


def read_archive(package: str, version: str, path: Path) -> Tree:
    """Index the .py, .pyi and compiled members of a wheel or other zip, bounded in size."""
    tree = Tree(package, version)
    budget = MAX_TOTAL
    archive = zipfile.ZipFile(path)  # stays open: members are read when asked for
    for info in sorted(archive.infolist(), key=lambda i: i.filename):
        member = PurePosixPath(_installed_path(info.filename))
        if not _is_module_path(member):
            continue
        if member.suffix in COMPILED:
            tree.compiled.add(module_name(member)[0])
        elif info.file_size <= MAX_MEMBER:
            budget -= info.file_size
            if budget < 0:
                raise ValueError(f"{path.name}: more than {MAX_TOTAL} bytes of source")
            tree.add(str(member), partial(archive.read, info))
    return tree


def _installed_path(member: str) -> str:
    parts = member.split("/")
    if len(parts) > 2 and parts[0].endswith(".data") and parts[1] in ("purelib", "platlib"):
        return "/".join(parts[2:])
    return member


def _is_module_path(path: PurePosixPath) -> bool:
    if path.suffix not in (".py", ".pyi", *COMPILED):
        return False
    return all(part.isidentifier() for part in path.parts[:-1])


def is_test_module(module: str) -> bool:
    """Whether a module is one that no pickle names."""
    return any(part in SKIPPED_PARTS or part.startswith(SCRIPTS) for part in module.split("."))


def stdlib_folder(interpreter: str) -> tuple[str, Path, list[str]] | None:
    """Version (`3.11`), library folder and built-in modules of an installed interpreter."""
    code = (
        "import sys, sysconfig as s; print(s.get_python_version(), s.get_path('stdlib'), "
        "*sys.builtin_module_names, *getattr(sys, 'stdlib_module_names', ()), sep='\\n')"
    )
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", code], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    if done.returncode:
        return None
    version, folder, *built_in = done.stdout.splitlines()
    return version, Path(folder), built_in


def read_stdlib(version: str, folder: Path, built_in: Iterable[str] = ()) -> Tree:
    """Index a standard library folder; built-in modules are compiled ones."""
    tree = Tree("cpython", version, compiled=set(built_in))
    for path, relative in _stdlib_files(folder):
        if relative.suffix in COMPILED:
            tree.compiled.add(relative.name.split(".")[0])
        elif path.stat().st_size <= MAX_MEMBER:
            tree.add(str(relative), path.read_bytes)
    return tree


def read_stdlib_archive(version: str, path: Path) -> Tree:
    """Index a zipped standard library, without what its distribution adds to it."""
    tree = read_archive("cpython", version, path)
    for module in list(tree.files):
        if not DISTRIBUTION.isdisjoint(module.split(".")[:1]) or not STDLIB_SKIPPED.isdisjoint(
            module.split(".")
        ):
            del tree.files[module]
    return tree


def _stdlib_files(folder: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    for path in sorted(folder.rglob("*")):
        relative = PurePosixPath(path.relative_to(folder))
        if relative.parts[0] == "lib-dynload":
            relative = PurePosixPath(*relative.parts[1:])
        if STDLIB_SKIPPED.isdisjoint(relative.parts) and _is_module_path(relative):
            yield path, relative
