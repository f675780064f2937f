"""Credentials in text: what tokens, keys and passwords of well-known providers look like.

Sources: "Behind GitHub's new authentication token formats" (a CRC-32 in base 62 ends a token; npm
does the same); the AWS user guide (prefixes of unique identifiers) and A. Steele, "AWS access key
ID formats" (base32); RFC 7519 (JSON web tokens); RFC 7468 (PEM) and X.690 (its frame); PROTOCOL.key
of OpenSSH; the macaroons of PyPI; the documentation of each provider for its prefix.

Each value is checked as far as it can be: by its checksum, by what it decodes to, or by a form
that nothing else has. Placeholders and documented examples are nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import msgspec

from modelassay.core.facts import Proof
from modelassay.core.pattern import later

Check: TypeAlias = Callable[["re.Match[bytes]"], "Proof | None"]

_BASE62: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLACEHOLDER: Final = later(
    rb"(?i)example|x{4}|your|placeholder|dummy|changeme|redacted|sample|123456789|abcdefgh|\.\.\."
    rb"|(.)\1{5}"
)
_FEWEST_CHARACTERS: Final = 8
#: SHA-256 of values that a provider publishes for everybody: the key of the Azurite emulator.
_PUBLISHED: Final = frozenset({"0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059"})
_NEAR: Final = 400
_AWS_SECRET: Final = later(rb"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_WEAK: Final = later(rb"(?i)pass(?:w(?:or)?d)?|pw|pwd|secret|user|root|admin|postgres|test")
_LOCAL: Final = later(rb"(?i)localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1|host\b|.*example")


class Kind(NamedTuple):
    """A kind of credential: bytes it has (one of them), its pattern, how a match is checked.

    `anchor` is what a deep scan searches every byte for: the pattern itself unless it says
    otherwise, `None` where only the start of an artifact is searched. `whole` is false where a
    placeholder is one by the first group of the pattern alone.
    """

    name: str
    literals: tuple[bytes, ...]
    pattern: bytes
    check: Check
    anchor: bytes | None = b""
    whole: bool = True


def _structure(match: re.Match[bytes]) -> Proof:
    return "structure"


def _form(match: re.Match[bytes]) -> Proof:
    return "form"


def _sealed(match: re.Match[bytes]) -> Proof | None:
    """Check the six characters that end a token: the CRC-32 of the thirty before them."""
    body = match[0].partition(b"_")[2]
    number, digits = zlib.crc32(body[:-6]), bytearray(6)
    for place in range(5, -1, -1):
        number, digit = divmod(number, 62)
        digits[place] = _BASE62[digit]
    return "checksum" if bytes(digits) == body[-6:] else None


def _aws(match: re.Match[bytes]) -> Proof | None:
    """Take the identifier for a credential where something like its secret stands beside it."""
    before = match.string[max(match.start() - _NEAR, 0) : match.start()]
    beside = before + b" " + match.string[match.end() : match.end() + _NEAR]
    mixed = (one for one in _AWS_SECRET.findall(beside) if re.search(rb"[a-z]", one))
    secret = next((one for one in mixed if re.search(rb"[A-Z]", one)), None)
    if secret is not None and placeholder(secret):
        return None
    return "form" if secret is None else "structure"


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), b"-_")
    except (ValueError, binascii.Error):
        return b""


def _azure(match: re.Match[bytes]) -> Proof | None:
    return "structure" if len(base64.b64decode(match[1])) == 64 else None


def _pypi(match: re.Match[bytes]) -> Proof | None:
    """Check the start of a macaroon of version 2: its location."""
    return "structure" if _decoded(match[1])[:11] == b"\2\1\x08pypi.org" else None


def _discord(match: re.Match[bytes]) -> Proof | None:
    """Check the number of the account that a token starts with."""
    account = _decoded(match[1])
    return "structure" if account.isdigit() and 17 <= len(account) <= 20 else None


def _web_token(match: re.Match[bytes]) -> Proof | None:
    """Check the header, which names the algorithm; the token of a few minutes looks the same."""
    try:
        header = msgspec.json.decode(_decoded(match[1]))
        claims = msgspec.json.decode(_decoded(match[2]))
    except msgspec.DecodeError:
        return None
    named = isinstance(header, dict) and isinstance(header.get("alg"), str)
    shown = placeholder(_decoded(match[2]).replace(b" ", b"")) or b"John Doe" in _decoded(match[2])
    return "form" if named and isinstance(claims, dict) and not shown else None


def _private_key(match: re.Match[bytes]) -> Proof | None:
    """Check the frame of what the lines hold: one sequence of DER, or a key of OpenSSH."""
    data = _decoded(re.sub(rb"\s", b"", match[2]).rstrip(b"="))
    if data.startswith(b"openssh-key-v1\0"):
        return "structure"
    return "structure" if _der_sequence(data) and match[1] != b"ENCRYPTED " else None


def _der_sequence(data: bytes) -> bool:
    if len(data) < 40 or data[0] != 0x30:
        return False
    count = data[1] & 0x7F if data[1] & 0x80 else 0
    size = int.from_bytes(data[2 : 2 + count], "big") if count else data[1]
    return count <= 4 and 2 + count + size == len(data) and data[2 + count] in (0x02, 0x30)


def _password(match: re.Match[bytes]) -> Proof | None:
    """Take a password for one unless a word, a variable or a host of this machine stands there."""
    user, password, host = match[1], match[2], match[3]
    weak = _WEAK.fullmatch(password) or password == user or re.search(rb"[<>{}$*%\[(]", password)
    return None if weak or _LOCAL.match(host) else "form"


_DATABASES: Final = (
    rb"(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|clickhouse|snowflake)"
)
_USER: Final = rb"([^\s:@/'\"<>]{1,64}):([^\s:@/'\"<>]{4,128})@([A-Za-z0-9\[][\w.:\[\]-]{2,120})"

KINDS: Final = (
    Kind(
        "github-token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        rb"gh[opusr]_[A-Za-z0-9]{36}",
        _sealed,
    ),
    Kind(
        "github-token",
        (b"github_pat_",),
        rb"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        _structure,
    ),
    Kind("npm-token", (b"npm_",), rb"npm_[A-Za-z0-9]{36}", _sealed),
    Kind("gitlab-token", (b"glpat-",), rb"glpat-[A-Za-z0-9_-]{20}", _structure),
    Kind(
        "pypi-token",
        (b"pypi-AgE",),
        rb"pypi-(AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,600})",
        _pypi,
        b"pypi-AgE",
    ),
    Kind("aws-access-key", (b"AKIA", b"ASIA"), rb"A[KS]IA[A-Z2-7]{16}", _aws),
    Kind("hugging-face-token", (b"hf_",), rb"hf_[A-Za-z]{34}", _structure),
    Kind("hugging-face-token", (b"api_org_",), rb"api_org_[A-Za-z]{34}", _structure),
    Kind(
        "openai-key",
        (b"T3BlbkFJ",),
        rb"sk-(?:[a-z]{3,10}-)?[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}",
        _structure,
        rb"T3BlbkFJ[A-Za-z0-9_-]{20}",
    ),
    Kind("anthropic-key", (b"sk-ant-",), rb"sk-ant-[a-z]{3,8}\d\d-[A-Za-z0-9_-]{93}AA", _structure),
    Kind("groq-key", (b"gsk_",), rb"gsk_[A-Za-z0-9]{52}", _structure),
    Kind("xai-key", (b"xai-",), rb"xai-[A-Za-z0-9]{80}", _structure),
    Kind("perplexity-key", (b"pplx-",), rb"pplx-[A-Za-z0-9]{48}", _structure),
    Kind("replicate-token", (b"r8_",), rb"r8_[A-Za-z0-9]{37}", _structure),
    Kind("nvidia-key", (b"nvapi-",), rb"nvapi-[A-Za-z0-9_-]{64}", _structure),
    Kind("pinecone-key", (b"pcsk_",), rb"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{60,70}", _structure),
    Kind("langsmith-key", (b"lsv2_",), rb"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", _structure),
    Kind("databricks-token", (b"dapi",), rb"dapi[0-9a-f]{32}(?:-\d)?", _structure),
    Kind("docker-token", (b"dckr_pat_",), rb"dckr_pat_[A-Za-z0-9_-]{27}", _structure),
    Kind("digitalocean-token", (b"_v1_",), rb"do[opr]_v1_[0-9a-f]{64}", _structure),
    Kind("vault-token", (b"hvs.",), rb"hvs\.[A-Za-z0-9_-]{90,120}", _structure),
    Kind("google-client-secret", (b"GOCSPX-",), rb"GOCSPX-[A-Za-z0-9_-]{28}", _structure),
    Kind(
        "wandb-key",
        (b"WANDB_API_KEY", b"api.wandb.ai"),
        rb"(?:WANDB_API_KEY[\"'\])]{0,3}\s{0,4}[:=,]\s{0,4}[\"']?"
        rb"|api\.wandb\.ai\s{1,4}login\s\w{1,40}\s{1,4}password\s)([0-9a-f]{40})",
        _form,
        None,
        whole=False,
    ),
    Kind("google-key", (b"AIza",), rb"AIza[A-Za-z0-9_-]{35}", _form),
    Kind(
        "slack-token", (b"xox",), rb"xox[abeoprs]-\d{9,13}-\d{9,13}-[A-Za-z0-9-]{20,80}", _structure
    ),
    Kind(
        "slack-webhook",
        (b"hooks.slack.com",),
        rb"hooks\.slack\.com\\?/services\\?/T[A-Z0-9]{8,12}\\?/B[A-Z0-9]{8,12}\\?/[A-Za-z0-9]{24}",
        _structure,
    ),
    Kind("stripe-key", (b"k_live_",), rb"[rs]k_live_[A-Za-z0-9]{24,120}", _structure),
    Kind(
        "azure-storage-key",
        (b"AccountKey=",),
        rb"AccountKey=([A-Za-z0-9+/]{86}==)",
        _azure,
        whole=False,
    ),
    Kind("sendgrid-key", (b"SG.",), rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", _structure),
    Kind("twilio-key", (b"SK",), rb"SK[0-9a-f]{32}", _form, None),
    Kind(
        "discord-token",
        (b"iscord", b"ISCORD"),
        rb"([MNO][A-Za-z0-9]{22,27})\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
        _discord,
        None,
    ),
    Kind(
        "discord-webhook",
        (b"api/webhooks/", rb"api\/webhooks\/"),
        rb"api\\?/webhooks\\?/\d{17,20}\\?/[A-Za-z0-9_-]{60,72}",
        _structure,
    ),
    Kind(
        "telegram-bot-token",
        (b"api.telegram.org",),
        rb"api\.telegram\.org\\?/bot\d{8,10}:[A-Za-z0-9_-]{35}",
        _structure,
    ),
    Kind(
        "web-token",
        (b"eyJ",),
        rb"(eyJ[A-Za-z0-9_-]{10,400}+)\.(eyJ[A-Za-z0-9_-]{10,4000}+)\.[A-Za-z0-9_-]{20,1000}+",
        _web_token,
        None,
    ),
    Kind(
        "private-key",
        (b"PRIVATE KEY-----",),
        rb"-----BEGIN ([A-Z]{2,9} )?PRIVATE KEY-----([A-Za-z0-9+/=\s]{64,12000}+)-----END",
        _private_key,
        rb"PRIVATE KEY-----",
    ),
    Kind(
        "database-password",
        (b"://",),
        _DATABASES + rb"(?:\+\w{1,20})?://" + _USER,
        _password,
        None,
    ),
    Kind("password-in-url", (b"://",), rb"(?:https?|ftp)://" + _USER, _password, None),
)


def placeholder(value: bytes) -> bool:
    """Whether a value is one that stands for others, as documentation shows them."""
    few = len(set(value)) < _FEWEST_CHARACTERS
    return few or _PLACEHOLDER.search(value) is not None or _digest(value) in _PUBLISHED


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
