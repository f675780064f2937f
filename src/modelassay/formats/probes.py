"""Probes: cheap necessary conditions on the first and last bytes of a blob, one for each signature.

A probe never decides. Where it holds, the module of the format is imported and asked. One that can
only hold for some first bytes, or for text, says so: it is not asked about others, so that a blob
does not cost more with every format there is.
"""

from __future__ import annotations

from collections.abc import Callable

# These are asked of every member of every archive. `in` looks for bytes at a fraction of the speed
# of `find`, but for a byte at many times that.
HEAD = 4096

Probe = Callable[[bytes, Callable[[], bytes]], bool]
_SPACE = b" \t\r\n\v\f"
_JSON_SPACE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # with byte order marks
_HDF5 = b"\x89HDF\r\n\x1a\n"
_FIRST_FIELDS = (
    *(b"node", b"library", b"versions", b"graph_def", b"meta_info_def", b"meta_graphs"),
    *(b"saved_model_schema_version", b"signature_def", b"collection_def", b"asset_file_def"),
    *(b"object_graph_def", b"ir_version", b"producer_", b"graph", b"opset_import", b"domain"),
    *(b"model_version", b"doc_string", b"metadata_props", b"training_info", b"functions"),
)
_COMPRESSED = (
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"ZF0x",
)
_ZLIB_FIRST = {bytes([16 * window + 8]) for window in range(8)}
_TORCH7 = {bytes([kind, 0, 0, 0]) for kind in (3, 4, 6, 7, 8)}
_R_CODECS = {b"0", b"1", b"2", b"Z", *_ZLIB_FIRST}
_BASE64_TEXT = bytes((*range(48, 58), *range(65, 91), *range(97, 123))) + b"+/-_= \t\r\n"
_PICKLE_FIRST = {
    bytes([code])
    for code in b"\x80(])}NIJKMLFGSTUVXBCcgiPl\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x82\x83\x84"
}
_PACKED_MAP = {bytes([code]) for code in (*range(0x81, 0x90), 0xDE, 0xDF)}
_ANY = frozenset(range(256))
#: The bytes that a blob starts with where a probe holds; probes that are not here may always hold.
_FIRST: dict[Probe, frozenset[int]] = {}
#: Probes that hold for no bytes with a zero among them.
_TEXT: set[Probe] = set()


def possible(probe: Probe, head: bytes) -> bool:
    """Whether `probe` may hold for `head`, by its first byte and whether it is text."""
    if head and head[0] not in _FIRST.get(probe, _ANY):
        return False
    return probe not in _TEXT or 0 not in head


def _first(*starts: bytes) -> Callable[[Probe], Probe]:
    """Tell of a probe that it holds where one of the bytes in `starts` stands first, or nothing."""

    def tell(probe: Probe) -> Probe:
        _FIRST[probe] = frozenset(b"".join(starts))
        return probe

    return tell


def _text(probe: Probe) -> Probe:
    """Tell of a probe that it holds for text alone."""
    _TEXT.add(probe)
    return probe


def magic(*signatures: bytes, at: int = 0) -> Probe:
    """Return a probe for any of `signatures` at an offset."""

    def probe(head: bytes, tail: Callable[[], bytes]) -> bool:
        return head.startswith(signatures, at)

    return probe if at else _first(*(signature[:1] for signature in signatures))(probe)


@_first()
def never(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Only reached where a format names it for its child."""
    return False


def always(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Any bytes at all."""
    return bool(head)


@_text
def maybe_text(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Bytes without a zero."""
    return bool(head) and 0 not in head


def maybe_yaml(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Text, also of UTF-16 behind its mark, as YAML may be."""
    return maybe_text(head, tail) or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def anything(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Anything, an empty file too."""
    return True  # an empty file too


def mentions(*words: bytes) -> Probe:
    """Return a probe for text with any of `words` in it, as far as it is seen."""

    @_text
    def probe(head: bytes, tail: Callable[[], bytes]) -> bool:
        if not head or 0 in head:
            return False
        return len(head) == HEAD or max(map(head.find, words)) >= 0

    return probe


def maybe_zip(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A record of a ZIP in front, or an end record behind."""
    return head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")) or tail().find(b"PK\5\6") >= 0


def maybe_tar(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Digits where a header has its checksum."""
    return len(head) >= 512 and head[148:155].strip(b" \0").isdigit()


def maybe_compressed(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The signature of a stream, or a header that zlib or lzma may have."""
    if head.startswith(_COMPRESSED) or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5):
        return True
    zlib = head[:1] in _ZLIB_FIRST and not int.from_bytes(head[:2], "big") % 31
    lzma = head[:1] == b"\x5d" or head[1:3] == b"\0\0"
    return zlib or (lzma and len(head) > 13 and head[13] == 0)


def maybe_safetensors(head: bytes, tail: Callable[[], bytes]) -> bool:
    """An object of JSON behind a length."""
    return head[8:].lstrip(b" \t\r\n")[:1] == b"{"


def maybe_keras_config(head: bytes, tail: Callable[[], bytes]) -> bool:
    """An object of JSON, in any encoding, or text that names a class."""
    named = 0 not in head and (len(head) == HEAD or b"class_name" in head)
    return named or head.lstrip(_JSON_SPACE)[:1] in (b"{", b"")


def maybe_hdf5(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The signature at one of the offsets where it may stand."""
    # The superblock may stand at 512, 1024, 2048 and so on, far behind the head.
    if len(head) <= 512 or len(head) == HEAD:
        return len(head) == HEAD or head.startswith(_HDF5)
    return any(head.startswith(_HDF5, at) for at in (0, 512, 1024, 2048))


def maybe_message(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A key of a protobuf message."""
    if head[:1] == b"\x80" and head[1:2] <= b"\5":
        # The PROTO of a pickle, or a field that no model's message has.
        return False
    from modelassay.io.protobuf import starts_message

    return starts_message(head)


@_first(b"{\xef", _SPACE)
def maybe_json(head: bytes, tail: Callable[[], bytes]) -> bool:
    """An object of JSON."""
    # Any amount of white space may stand in front, more than there is of the head.
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] in (b"{", b"")


@_first(b"t{\xef", _SPACE)
def maybe_lightgbm(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The first word of a model in text, or JSON."""
    return head.startswith(b"tree") or maybe_json(head, tail)


def maybe_coreml_weights(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The sentinel of the first weights."""
    return head.startswith(b"\xef\xbe\xad\xde", 64)


def maybe_paddle(head: bytes, tail: Callable[[], bytes]) -> bool:
    """JSON, or a message, whose fields may stand in any order."""
    return maybe_json(head, tail) or maybe_message(head, tail)


@_first(*_PACKED_MAP)
def maybe_packed_map(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A map of msgpack."""
    return head[:1] in _PACKED_MAP


@_first(b"<\x4c", _JSON_SPACE)
def maybe_xml(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A tag, in any encoding."""
    start = head.translate(None, b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
    return start in (b"<", b"\x4c") or (not start and head.strip(b"\0") != b"")


@_first(b"{[\xef", _SPACE)
def maybe_json_any(head: bytes, tail: Callable[[], bytes]) -> bool:
    """An object or a list of JSON."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] in (b"{", b"[", b"")


@_first(b"<#", _SPACE)
def maybe_onnx_text(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A header in angle brackets, or a comment."""
    return head.lstrip()[:1] in (b"<", b"#") and b":" in head


@_first(b"#", _SPACE, *(name[:1] for name in _FIRST_FIELDS))
def maybe_text_message(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A field of a model in protobuf text."""
    start = head.lstrip()[:64]
    return start[:1] == b"#" or start.startswith(_FIRST_FIELDS)


def maybe_table(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The footer of a table of LevelDB."""
    return tail().endswith(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb")


@_first(_BASE64_TEXT)
def maybe_base64(head: bytes, tail: Callable[[], bytes]) -> bool:
    """Letters of base64 alone."""
    return len(head) >= 12 and not head[:256].translate(None, _BASE64_TEXT)


@_first(b"34678", *(kind[:1] for kind in _TORCH7))
def maybe_torch7(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The type of an object of Lua, as a number of four bytes or a line."""
    return head[:4] in _TORCH7 or (head[:1] in b"34678" and head[1:2] == b"\n")


def maybe_tensorrt(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The tag of a plan, or an object of JSON behind its length."""
    return head[:4] == b"ftrt" or head[4:5] == b"{"


@_first(b"0123456789")
def maybe_word2vec(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A line with a number."""
    return head[:1].isdigit() and b" " in head[:13]


@_first(b"M\x7fj")
def maybe_llamafile(head: bytes, tail: Callable[[], bytes]) -> bool:
    """A program, and the end record of a zip."""
    return head.startswith((b"MZ", b"\x7fELF", b"jartsr='")) and b"PK\5\6" in tail()


def maybe_booster(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The name of a booster of XGBoost behind parameters and another name."""
    name = head[140:280]
    return bool(name) and (b"gbtree" in name or b"gblinear" in name or b"dart" in name)


def maybe_r_lazy(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The letter of a codec or a header of zlib behind a size."""
    return head[4:5] in _R_CODECS


@_first(*_PICKLE_FIRST)
def maybe_pickle(head: bytes, tail: Callable[[], bytes]) -> bool:
    """An opcode that a stream may start with."""
    return head[:1] in _PICKLE_FIRST


_CODE_ALONE = (b"\xe3" + bytes(12), b"\x63" + bytes(12))


def maybe_pyc(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The magic number of compiled Python, 3379 (3.7) to 4095, or the code of a module alone."""
    return (head[2:4] == b"\r\n" and 12 <= head[1] <= 15) or head.startswith(_CODE_ALONE)


def maybe_torch_legacy(head: bytes, tail: Callable[[], bytes]) -> bool:
    """The magic number of `torch.save` before 1.6."""
    start = head[:64]
    return (
        max(start.find(b"l\xfc\x9cF\xf9 j\xa8P\x19"), start.find(b"119547037146038801333356")) >= 0
    )


#: The four signatures of Mach-O, and of a fat file.
MACHO = (
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    *(b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"),
)
#: Programs of virtual machines: WebAssembly, DEX. A Java class starts as a fat Mach-O does.
BYTECODE = (b"\0asm", b"dex\n")
