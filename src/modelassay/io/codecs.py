"""Codecs by name: how to make a decompressor of each, and what it raises on bad input.

Sources: RFC 1950 (zlib), 1951 (deflate), 1952 (gzip), 8878 (zstd); the .xz and .lzma file formats;
the LZ4 frame format. Each is imported only when it is first used.
"""

from __future__ import annotations

import zlib
from typing import Final, cast

from modelassay.core.errors import MissingExtraError
from modelassay.io.inflate import Codec, Decompressor

_MEMORY: Final = 1 << 29  # xz -9 takes 65 MiB; a stream may claim a dictionary of 4 GiB


class Zlib:
    """`zlib` behind the common interface; `window` as for `zlib.decompressobj`."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        """See `Decompressor`."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """See `Decompressor`."""
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        """See `Decompressor`."""
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See `Decompressor`."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


class Gzip(Zlib):
    """gzip as the `gzip` module reads it: neither reserved flags nor a header's CRC keep it out.

    The header is replaced by a plain one, so that zlib is left with the data and the trailer.
    """

    _PLAIN: Final = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    _LONGEST: Final = 1 << 16

    def __init__(self) -> None:
        super().__init__(31)
        self._head: bytes | None = b""

    @property
    def needs_input(self) -> bool:
        """See `Decompressor`."""
        return self._head is not None or super().needs_input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See `Decompressor`."""
        if self._head is None:
            return super().decompress(data, max_length)
        data = self._head + data
        end = _end_of_gzip_header(data)
        if end is None and len(data) < self._LONGEST:
            self._head = data
            return b""
        self._head = None
        plain = self._PLAIN + data[end:] if end else data
        return super().decompress(plain, max_length)


def _end_of_gzip_header(data: bytes) -> int | None:
    """Return where the header ends with which `data` begins, `None` if there is more of it."""
    if len(data) < 12:
        return None
    if not data.startswith(b"\x1f\x8b\x08"):
        return 0
    flags, end = data[3], 10
    if flags & 0x04:
        end += 2 + int.from_bytes(data[10:12], "little")
    for text in (0x08, 0x10):
        if flags & text:
            end = data.find(b"\0", end) + 1
            if not end:
                return None
    end += flags & 0x02
    return end if end <= len(data) else None


class Deflate64:
    """Deflate64 through `inflate64`, which py7zr needs and so comes with the extra of that.

    Its output cannot be capped, so it is fed little: a byte gives at most about 30,000.
    """

    _STEP: Final = 128

    def __init__(self) -> None:
        try:
            import inflate64
        except ImportError as error:
            raise MissingExtraError("Deflate64 needs inflate64", "sevenzip") from error
        self._inner = inflate64.Inflater()
        self._pending = b""
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        """See `Decompressor`."""
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        """See `Decompressor`."""
        return not self._pending

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See `Decompressor`. May return more than `max_length`."""
        self._pending += data
        step, self._pending = self._pending[: self._STEP], self._pending[self._STEP :]
        output = bytes(self._inner.inflate(step))
        if self.eof:
            self.unused_data = self._pending
        return output


class Lzma:
    """A .lzma file. Any dictionary may be stated; what is taken is one that fits into memory.

    Readers without a limit take the memory as it is used, so that such a file is no broken one.
    """

    _HEADER = 13
    _DICTIONARY: Final = 1 << 27

    def __init__(self) -> None:
        import lzma

        self._inner = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY)
        self._head = b""
        self._error = lzma.LZMAError

    @property
    def eof(self) -> bool:
        """See `Decompressor`."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """See `Decompressor`."""
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        """See `Decompressor`."""
        return len(self._head) < self._HEADER or self._inner.needs_input

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """See `Decompressor`."""
        if len(self._head) >= self._HEADER:
            return self._inner.decompress(data, max_length)
        data = self._head + data
        self._head = data[: self._HEADER]
        if len(data) < self._HEADER:
            return b""
        head = self._alone(data[: self._HEADER])
        size = min(int.from_bytes(head[1:5], "little"), self._DICTIONARY)
        head = head[:1] + size.to_bytes(4, "little") + head[5:]
        return self._inner.decompress(head + data[self._HEADER :], max_length)

    def _alone(self, head: bytes) -> bytes:
        """Return the header of a .lzma file."""
        return head


class ZipLzma(Lzma):
    """LZMA as ZIP stores it (APPNOTE 5.8.8): a version, the size of the properties, the properties.

    They become the header of a .lzma file of unknown length.
    """

    _HEADER = 9

    def _alone(self, head: bytes) -> bytes:
        if head[2:4] != b"\5\0":
            raise self._error("the LZMA properties are not 5 bytes")
        return head[4:] + b"\xff" * 8


def _bz2() -> Decompressor:
    import bz2

    return bz2.BZ2Decompressor()


def _xz() -> Decompressor:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)


def _lzma_errors() -> tuple[type[Exception], ...]:
    import lzma

    return (lzma.LZMAError, EOFError)


def _zstd() -> Decompressor:
    from backports import zstd

    return zstd.ZstdDecompressor()


def _zstd_errors() -> tuple[type[Exception], ...]:
    from backports import zstd

    return (zstd.ZstdError, EOFError)


def _lz4() -> Decompressor:
    try:
        import lz4.frame
    except ImportError as error:
        raise MissingExtraError("LZ4 needs the package lz4", "lz4") from error
    return cast(Decompressor, lz4.frame.LZ4FrameDecompressor())


CODECS: Final[dict[str, Codec]] = {
    "deflate": Codec(lambda: Zlib(-15), lambda: (zlib.error,)),
    "zlib": Codec(lambda: Zlib(15), lambda: (zlib.error,)),
    "gzip": Codec(Gzip, lambda: (zlib.error,)),
    "deflate64": Codec(Deflate64, lambda: (ValueError, OSError, EOFError)),
    "bzip2": Codec(_bz2, lambda: (OSError, ValueError, EOFError)),
    "xz": Codec(_xz, _lzma_errors),
    "lzma": Codec(Lzma, _lzma_errors),
    "zip-lzma": Codec(ZipLzma, _lzma_errors),
    "zstd": Codec(_zstd, _zstd_errors),
    "lz4": Codec(_lz4, lambda: (RuntimeError, EOFError)),
}
