"""Fetch the Python members of releases, and nothing else of them.

A wheel of half a gigabyte holds a few megabytes of source: its members are read by byte ranges.
Of a source distribution pip would run the build script to learn its metadata; here it is only
read. Either way an archive of the Python members is kept. The index is the one pip asks.
"""

import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path, PurePosixPath

SIMPLE = "application/vnd.pypi.simple.v1+json"  # PEP 691
WINDOW = 1 << 20
MAX_SDIST = 256 << 20
MAX_MEMBER = 8 << 20
SOURCE = (".py", ".pyi")
COMPILED = (".so", ".pyd")


class Remote(io.RawIOBase):
    """A file of an HTTP server, read by ranges (RFC 9110, section 14)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._at = 0
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
            self._size = int(answer.headers["Content-Length"])

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; nothing is asked of the server."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        """Ask for one range."""
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        span = {"Range": f"bytes={self._at}-{end - 1}"}
        with urllib.request.urlopen(urllib.request.Request(self._url, headers=span)) as answer:
            if answer.status != 206:
                raise OSError("the server knows no ranges")
            got = answer.read(len(buffer))
        buffer[: len(got)] = got
        self._at += len(got)
        return len(got)


def keep_wheel_members(package: str, version: str, python: str, folder: Path) -> Path | None:
    """Write the Python members of a wheel, and the empty names of its compiled ones."""
    files = _files(package)
    name = next((n for n in sorted(files) if _is_wheel_for(n, version, python)), None)
    if name is None:
        return None
    wheel = zipfile.ZipFile(io.BufferedReader(Remote(files[name]), WINDOW))
    infos = sorted(wheel.infolist(), key=lambda info: info.header_offset)
    members = (
        (info.filename, b"" if info.filename.endswith(COMPILED) else wheel.read(info))
        for info in infos
        if info.filename.endswith(SOURCE + COMPILED)
        and (info.filename.endswith(COMPILED) or info.file_size <= MAX_MEMBER)
    )
    return _keep(folder / f"{package}-{version}.zip", members)


def keep_sdist_members(package: str, version: str, folder: Path) -> Path | None:
    """Write the Python members of a source distribution."""
    files = _files(package)
    wanted = {f"{stem}-{version}.tar.gz" for stem in (package, package.replace("-", "_"))}
    name = next((n for n in files if n in wanted), None)
    if name is None:
        return None
    with urllib.request.urlopen(files[name]) as answer:
        raw = answer.read(MAX_SDIST)
    return _keep(folder / f"{package}-{version}.zip", _sdist_members(raw))


def keep_stdlib(source: str, path: Path) -> Path | None:
    """Keep the archive of the standard library from an npm package, `NAME@VERSION`."""
    with tempfile.TemporaryDirectory() as scratch:
        pack = ["npm", "pack", source, "--silent", "--pack-destination", scratch]
        if subprocess.run(pack, stdout=subprocess.DEVNULL, check=False).returncode:
            return None
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            member = archive.extractfile(f"package/{path.name}")
            if member is None:
                return None
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.read())
    return path


def _sdist_members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Members below the top folder, and below `src` in it: where a wheel would put them."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for info in archive:
            parts = PurePosixPath(info.name).parts[1:]
            parts = parts[1:] if parts[:1] == ("src",) else parts
            inside = len(parts) > 1 and ".." not in parts and info.name.endswith(SOURCE)
            if inside and info.isfile() and info.size <= MAX_MEMBER:
                opened = archive.extractfile(info)
                if opened is not None:
                    yield "/".join(parts), opened.read()


def _keep(path: Path, members: Iterator[tuple[str, bytes]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return partial.rename(path)


def _is_wheel_for(name: str, version: str, python: str) -> bool:
    """Whether a wheel installs on 64-bit Linux under an interpreter version."""
    parts = name.removesuffix(".whl").split("-")
    if not name.endswith(".whl") or len(parts) < 5 or parts[1].partition("+")[0] != version:
        return False
    tag, abi, platform = parts[-3:]
    fits = f"cp{python.replace('.', '')}" in tag.split(".") or "py3" in tag or abi == "abi3"
    return fits and (platform == "any" or ("linux" in platform and "x86_64" in platform))


@cache
def _files(package: str) -> dict[str, str]:
    """File names of all releases of a package, and where they are."""
    index = os.environ.get("PIP_INDEX_URL") or import_module("pip._internal.models.index").PyPI
    base = index if isinstance(index, str) else index.simple_url
    name = re.sub(r"[-_.]+", "-", package).lower()
    request = urllib.request.Request(f"{base.rstrip('/')}/{name}/", headers={"Accept": SIMPLE})
    with urllib.request.urlopen(request) as answer:
        listed = json.load(answer)
    return {file["filename"]: file["url"] for file in listed["files"]}
