"""Real programs that return 0 at once, and other things to hide: inert, and whole of structure."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
import zlib

# gcc -Os -s -nostdlib -static -Wl,--build-id=none -Wl,-z,noseparate-code, of a `_start` that is
# nothing but the system call exit(0); deflated, in base85.
_ELF = (
    "c-pIX^>JfjWMqH=CI&kO5N`v61DNjs6}Lbr0g71w)j2S*GO&QvvN9k82Ne1Zln0|31Rzx4(~=Z62I2u!8^aD8AYu"
    "5QpY<?=F9H>3tO{aatPo(7=3(cUzz9(<1H>2p|NqYgRpajLY^9*#lA4s6n5ST9q-UgOplfKNosyblXjE#b2^C^s&"
    "@0X;E-5NWOk&V0Nv$Yh&`ZsTPb*5yO=Zwa&d<$F%`0J`7;uB!48*W7fQ9!4D4z>WJtG=l5Guw5<sX3RKLF+HpsD9"
    "T<4Z&J8=#59;z=Ec{m3*k7Jmst6{rw!KLEwaEG+"
)


def elf() -> bytes:
    """A program of Linux for x86-64."""
    return zlib.decompress(base64.b85decode(_ELF))


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
    """A Java class without members."""
    names = b"".join(b"\1" + struct.pack(">H", len(n)) + n for n in (b"A", b"java/lang/Object"))
    pool = names + b"\7\0\1" + b"\7\0\2"
    return (
        struct.pack(">IHHH", 0xCAFEBABE, 0, 52, 5)
        + pool
        + struct.pack(">HHHHHHH", 33, 3, 4, 0, 0, 0, 0)
    )


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


def tar() -> bytes:
    """A tar of one member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as file:
        info = tarfile.TarInfo("note.txt")
        info.size = 20
        file.addfile(info, io.BytesIO(b"nothing to see here\n"))
    return buffer.getvalue()


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
