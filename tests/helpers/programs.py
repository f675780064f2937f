"""Real programs that return 0 at once, and other things to hide: inert, and whole of structure."""

from __future__ import annotations

import base64
import bz2
import contextlib
import gzip
import hashlib
import io
import lzma
import marshal
import pickle
import struct
import sys
import tarfile
import zipfile
import zlib
from importlib.util import MAGIC_NUMBER

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# gcc -Os -s -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code, of a `_start` that is
# nothing but the system call exit(0); deflated, in base85.
_ELF = (
    "c-pIX^>JfjWMqH=CI&kO5N`v61DNjs6}Lbr0g71w)j2S*GO&QvvN9k82Ne1Zln0|31Rzx4(~=Z62I2u!8^aD8AYu"
    "5QpY<?=F9H>3tO{aatPo(7=3(cUzz9(<1H>2p|NqYgRpajLY^9*#lA4s6n5ST9q-UgOplfKNosyblXjE#b2^C^s&"
    "@0X;E-5NWOk&V0Nv$Yh&`ZsTPb*5yO=Zwa&d<$F%`0J`7;uB!48*W7fQ9!4D4z>WJtG=l5Guw5<sX3RKLF+HpsD9"
    "T<4Z&J8=#59;z=Ec{m3*k7Jmst6{rw!KLEwaEG+"
)
# gcc -Os -s -shared -nostdlib -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro, of a
# function that returns 0.
_SHARED = (
    "c-pIX^>JfjWMqH=W(GS31doBi0ZL~uA&XfsumDL826nJoRtDUlf)SNw5P(o1E*rAEAS%6q0hNa7V<J%>2b2zcT9U%XKs"
    "<n22X-eDlqLp%)CmDYr+^U_o=}jOS6rT2#9(;fFqq2%6;^<%gN0!Rln-;O1(eT)<{xe-Ex|x1pjVtxTvAk$n8cu$kyxC;"
    "pqEmaS6rD3p-YMw^h#1IN*MG~Gvd>V5_40*;)%JL$yBnQ8yZGTXyFE<MHmq2138>v;VcL>g9$BMVYC4QBEA@r^uxke5-P"
    "`p7Edsm14}wU28u{&9t2?N10$W_(65e^7P00lG=T0NL#W*_d*Jzo5jDRsqv=P^2h3RP(SSP0ih%n8@ewS9"
)
# javac -g:none, of `class A { public static void main(String[] a) { } }`.
_CLASS = (
    "c-lMlZ`VEs1_oOO9xetZ24;2!79Ivx1~x_pfvm)`ME#t^ymWp4q^#8B5=I6#o6Nk-5<5l)W)00Sb_Nbc21Z9l1{UZ1lvE"
    "&<o0yr$$RMT>?Ss%6TvC*omu{^Y#-PB!4m2MGKqSxx21W)>AWINPGlE34wlgqp1S{ZV;9}s0O7j9SNE#}|004<&8m#"
)


def elf() -> bytes:
    """A program of Linux for x86-64."""
    return zlib.decompress(base64.b85decode(_ELF))


def shared() -> bytes:
    """A library of Linux for x86-64."""
    return zlib.decompress(base64.b85decode(_SHARED))


def pe() -> bytes:
    """A program of Windows for x86-64: `xor eax, eax; ret`."""
    optional = struct.pack("<HBBIIIII", 0x20B, 14, 0, 0x200, 0, 0, 0x1000, 0x1000)
    optional += struct.pack("<QII", 0x140000000, 0x1000, 0x200)
    optional += struct.pack("<6H", 6, 0, 0, 0, 6, 0) + struct.pack("<IIII", 0, 0x2000, 0x200, 0)
    optional += struct.pack("<HH4QII", 3, 0x8160, 1 << 20, 1 << 12, 1 << 20, 1 << 12, 0, 16)
    optional += bytes(16 * 8)
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x22)
    section = b".text\0\0\0" + struct.pack(
        "<6IHHI", 16, 0x1000, 0x200, 0x200, 0, 0, 0, 0, 0x60000020
    )
    stub = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    head = stub + b"PE\0\0" + coff + optional + section
    return head.ljust(0x200, b"\0") + b"\x31\xc0\xc3".ljust(0x200, b"\xcc")


def macho() -> bytes:
    """A program of macOS for x86-64: the system call exit(0)."""
    code = bytes.fromhex("b801000002 31ff 0f05".replace(" ", ""))
    segment = struct.pack("<II16s4Q4I", 0x19, 72, b"__TEXT", 1 << 32, 4096, 0, 4096, 7, 5, 0, 0)
    thread = struct.pack("<4I", 5, 184, 4, 42) + bytes(16 * 8) + struct.pack("<Q", (1 << 32) + 288)
    thread += bytes(184 - len(thread))
    head = struct.pack("<8I", 0xFEEDFACF, 0x1000007, 3, 2, 2, len(segment) + len(thread), 1, 0)
    return (head + segment + thread + code).ljust(4096, b"\x90")


def wasm() -> bytes:
    """A module with one function that returns."""
    sections = b"\1\4\1\x60\0\0", b"\3\2\1\0", b"\x0a\4\1\2\0\x0b", b"\0\x29\4name" + bytes(36)
    return b"\0asm\1\0\0\0" + b"".join(sections)


def java() -> bytes:
    """A Java class with a `main` that returns."""
    return zlib.decompress(base64.b85decode(_CLASS))


def dotnet() -> bytes:
    """An assembly of .NET with a module and a name, and no code."""
    rows = struct.pack("<5H", 0, 1, 1, 0, 0)  # of the module
    rows += struct.pack("<I5H", 0, 1, 0, 0, 1, 1)  # of its one type
    rows += struct.pack("<I4HI3H", 0x8004, 0, 0, 0, 0, 0, 0, 1, 0)  # of the assembly
    tables = struct.pack("<IBBBBQQ3I", 0, 2, 0, 0, 1, 1 << 0x20 | 1 << 2 | 1, 0, 1, 1, 1) + rows
    streams = {
        b"#~": tables,
        b"#Strings": b"\0A\0\0",
        b"#GUID": bytes(range(16)),
        b"#Blob": bytes(4),
    }
    root = struct.pack("<IHHII12sHH", 0x424A5342, 1, 1, 0, 12, b"v4.0.30319", 0, len(streams))
    named = {name: name + bytes(4 - len(name) % 4) for name in streams}
    place = len(root) + sum(8 + len(name) for name in named.values())
    body = b""
    for name, data in streams.items():
        root += struct.pack("<II", place + len(body), len(data)) + named[name]
        body += data + bytes(-len(data) % 4)
    root += body
    header = struct.pack("<IHHIIII", 72, 2, 5, 0x1000 + 72, len(root), 1, 0).ljust(72, b"\0")
    made = bytearray(pe()[:0x200])
    struct.pack_into("<II", made, 0x40 + 24 + 112 + 8 * 14, 0x1000, len(header))
    struct.pack_into("<I", made, 0x40 + 24 + 240 + 8, len(header) + len(root))
    return bytes(made) + (header + root).ljust(0x200, b"\0")


def ape() -> bytes:
    """A program for all systems at once, as Cosmopolitan writes them: a PE that a shell takes."""
    made = pe()
    script = b"MZqFpD='\n".ljust(0x3C, b"\0")
    return script + made[0x3C:]


def dex() -> bytes:
    """A DEX file without classes."""
    rest = struct.pack("<III", 0x70, 0x70, 0x12345678).ljust(0x70 - 32, b"\0")
    digest = hashlib.sha1(rest, usedforsecurity=False).digest()
    return b"dex\n035\0" + struct.pack("<I", zlib.adler32(digest + rest)) + digest + rest


def archive() -> bytes:
    """A zip of one stored member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("note.txt", "nothing to see here\n" * 8)
    return buffer.getvalue()


def _packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def jar() -> bytes:
    """A program of Java, whose one class does nothing."""
    manifest = b"Manifest-Version: 1.0\r\nMain-Class: A\r\n\r\n"
    return _packed({"META-INF/MANIFEST.MF": manifest, "A.class": java()})


def apk() -> bytes:
    """A program of Android: an empty manifest in its binary form, and a DEX file."""
    strings = struct.pack("<HHI5I", 1, 28, 28, 0, 0, 0, 28, 0)
    manifest = struct.pack("<HHI", 3, 8, 8 + len(strings)) + strings
    return _packed({"AndroidManifest.xml": manifest, "classes.dex": dex()})


def code() -> bytes:
    """The code of a Python module, as `marshal` writes it."""
    return marshal.dumps(
        compile("x = [print, 'nothing to see here']\n", "m.py", "exec", dont_inherit=True)
    )


def pyc() -> bytes:
    """A compiled Python module."""
    return MAGIC_NUMBER + bytes(12) + code()


def sevenzip(name: str, data: bytes) -> bytes:
    """A 7z archive of one member. Raises `ImportError` without the extra."""
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as file:
        file.writestr(data, name)
    return buffer.getvalue()


def tar() -> bytes:
    """A tar of one member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as file:
        info = tarfile.TarInfo("note.txt")
        info.size = 20
        file.addfile(info, io.BytesIO(b"nothing to see here\n"))
    return buffer.getvalue()


PYTHON = b"#!/usr/bin/env python3\nimport sys\n\nprint('nothing to see here')\nsys.exit(0)\n"
POWERSHELL = b"#!/usr/bin/env pwsh\nparam([int]$Code = 0)\nWrite-Output 'nothing'\nexit $Code\n"
SCRIPT = b"#!/bin/sh\necho nothing to see here\nexit 0\n"
#: Each payload by what it is called in a finding.
PAYLOADS = {
    "elf": elf(),
    "pe": pe(),
    "macho": macho(),
    "wasm": wasm(),
    "java-class": java(),
    "dex": dex(),
    "zip": archive(),
    "tar": tar(),
    "script": SCRIPT,
    "pickle": pickle.dumps([print, "x" * 40], 4),
    "elf in gzip": gzip.compress(elf(), mtime=0),
}
#: The rest of what programs travel as.
KINDS: dict[str, bytes] = {
    **PAYLOADS,
    "elf (library)": shared(),
    "dotnet": dotnet(),
    "ape": ape(),
    "zip (jar)": jar(),
    "zip (apk)": apk(),
    "python-code": pyc(),
    "marshalled code": code(),
    "script (Python)": PYTHON,
    "script (PowerShell)": POWERSHELL,
    "elf in bzip2": bz2.compress(elf()),
    "elf in xz": lzma.compress(elf()),
    "elf in zstd": zstd.compress(elf()),
    "elf in zlib": zlib.compress(elf(), 9),
}
with contextlib.suppress(ImportError):
    KINDS["7z"] = sevenzip("run", elf())
