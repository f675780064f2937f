"""Credentials are told where they stand in text, redacted; placeholders and examples are not."""

from __future__ import annotations

import base64
import json
import pickle
import random
import string
import zlib
from collections.abc import Callable

import pytest

from modelassay.core.report import Report
from tests.formats.test_onnx import model, node, tensor
from tests.formats.wire import field
from tests.helpers.bombs import pack
from tests.helpers.hdf5 import Made, note
from tests.helpers.scanning import scan_bytes
from tests.helpers.weights import entry, gguf, safetensors

LETTERS = string.ascii_letters
BOTH = LETTERS + string.digits
HEXADECIMAL = "0123456789abcdef"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def some(count: int, alphabet: str = BOTH, seed: int = 7) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=count))


def sealed(prefix: str) -> str:
    """A token as GitHub and npm make them: its CRC-32 in base 62 ends it."""
    body, number, digits = some(30), zlib.crc32(some(30).encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return prefix + body + digits


def der(size: int) -> str:
    body = b"\x02\x01\x00" + random.Random(1).randbytes(size)
    data = b"\x30\x82" + len(body).to_bytes(2, "big") + body
    return base64.encodebytes(data).decode()


def url(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def pem(kind: str = "") -> str:
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{der(600)}-----END {kind}PRIVATE KEY-----"


SURE = {
    "github-token": sealed("ghp" + "_"),
    "github-token (fine-grained)": f"github_{'pat'}_{some(22)}_{some(59)}",
    "npm-token": sealed("npm" + "_"),
    "gitlab-token": "glpat" + "-" + some(20),
    "pypi-token": "pypi-" + url(b"\2\1\x08pypi.org\2" + random.Random(2).randbytes(90)),
    "aws-access-key": f"AKI{'A'}{some(16, string.ascii_uppercase + '234567')}\n{some(40)}",
    "hugging-face-token": "hf" + "_" + some(34, LETTERS),
    "openai-key": f"sk-{'proj'}-{some(60)}T3BlbkFJ{some(60)}",
    "anthropic-key": f"sk-{'ant'}-api03-{some(93)}AA",
    "slack-token": f"xox{'b'}-{some(12, '1357902468')}-{some(12, '97531086')}-{some(24)}",
    "slack-webhook": f"https://hooks.{'slack'}.com/services/T{some(9, 'ABCDEFGH012345')}"
    f"/B{some(9, 'KLMNOP9876')}/{some(24)}",
    "stripe-key": f"sk_{'live'}_{some(24)}",
    "azure-storage-key": "AccountKey=" + base64.b64encode(random.Random(4).randbytes(64)).decode(),
    "sendgrid-key": f"SG{'.'}{some(22)}.{some(43)}",
    "discord-token": f"discord: {url(b'280918273645918273')}.{some(6)}.{some(38)}",
    "discord-webhook": f"https://discord.com/api/{'webhooks'}/28091827364591827/{some(68)}",
    "groq-key": "gsk" + "_" + some(52),
    "xai-key": "xai" + "-" + some(80),
    "perplexity-key": "pplx" + "-" + some(48),
    "replicate-token": "r8" + "_" + some(37),
    "nvidia-key": "nvapi" + "-" + some(64),
    "pinecone-key": f"pcsk{'_'}{some(6)}_{some(63)}",
    "langsmith-key": f"lsv2{'_'}pt_{some(32, HEXADECIMAL)}_{some(10, HEXADECIMAL)}",
    "databricks-token": "dapi" + some(32, HEXADECIMAL),
    "docker-token": f"dckr{'_'}pat_{some(27)}",
    "digitalocean-token": f"dop{'_'}v1_{some(64, HEXADECIMAL)}",
    "vault-token": "hvs" + "." + some(95),
    "google-client-secret": "GOCSPX" + "-" + some(28),
    "private-key": pem(),
    "private-key (RSA)": pem("RSA "),
    "private-key (OpenSSH)": "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    + base64.encodebytes(b"openssh-key-v1\0" + random.Random(3).randbytes(300)).decode()
    + "-----END OPENSSH PRIVATE KEY-----",
}
LIKELY = {
    "google-key": "AIza" + some(35),
    "wandb-key": f"WANDB_API{'_'}KEY: {some(40, HEXADECIMAL)}",
    "twilio-key": "SK" + some(32, "0123456789abcdef"),
    "web-token": ".".join((url(b'{"alg":"HS256"}'), url(b'{"sub":"somebody"}'), some(43))),
    "database-password": "postgresql://model:Tr0ub4dor3@db.internal.net:5432/prod",
    "password-in-url": "https://deploy:Tr0ub4dor3@models.internal.net/x",
}


def told(report: Report) -> dict[str, str]:
    return {
        finding.message.split(" of ")[0].split(" ", 1)[1].replace(" ", "-"): finding.severity.value
        for finding in report.findings
        if finding.rule == "exposed-secret"
    }


@pytest.mark.parametrize("name", SURE)
def test_sure_ones_are_medium(name: str) -> None:
    text = json.dumps({"model_type": "bert", "note": f"use {SURE[name]} here"})
    assert told(scan_bytes(text.encode(), "config.json")) == {name.split()[0]: "medium"}


@pytest.mark.parametrize("name", LIKELY)
def test_likely_ones_are_low(name: str) -> None:
    text = json.dumps({"model_type": "bert", "note": f"use {LIKELY[name]} here"})
    assert told(scan_bytes(text.encode(), "config.json")) == {name: "low"}


def test_the_value_is_never_shown() -> None:
    for value in SURE.values():
        report = scan_bytes(f"KEY = '''{value}'''\n".encode(), "settings.py")
        (finding,) = (one for one in report.findings if one.rule == "exposed-secret")
        shown = finding.message + finding.evidence[0].fact
        assert value[-12:] not in shown


def _config(text: str) -> tuple[bytes, str]:
    return json.dumps({"model_type": "bert", "key": text}).encode(), "config.json"


def _template(text: str) -> tuple[bytes, str]:
    return ("{{ messages }} " + text).encode(), "chat_template.jinja"


def _source(text: str) -> tuple[bytes, str]:
    return f"import os\nKEY = '{text}'\n".encode(), "modeling.py"


def _pickle(text: str) -> tuple[bytes, str]:
    return pickle.dumps({"key": text}), "model.pkl"


def _safetensors(text: str) -> tuple[bytes, str]:
    return safetensors({"__metadata__": {"key": text}}), "model.safetensors"


def _notebook(text: str) -> tuple[bytes, str]:
    told = {"output_type": "stream", "name": "stdout", "text": [f"logged in with {text}\n"]}
    cell = {"cell_type": "code", "source": [], "outputs": [told], "metadata": {}}
    return json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}).encode(), "a.ipynb"


def _environment(text: str) -> tuple[bytes, str]:
    return pack({"m/.env": f"HF_TOKEN={text}\n".encode()}), "model.zip"


def _long_text(text: str) -> tuple[bytes, str]:
    return b"x = 1\n" * 400_000 + f"KEY = '{text}'\n".encode(), "settings.py"


def _wide(text: str) -> tuple[bytes, str]:
    return _config(text)[0].decode().encode("utf-16"), "config.json"


def _gguf(text: str) -> tuple[bytes, str]:
    return gguf().string("a", "x" * (2 << 20)).string("note", text).bytes(), "model.gguf"


def _onnx(text: str) -> tuple[bytes, str]:
    weights = field(5, tensor(shape=(1 << 19,), data=field(9, bytes(2 << 20))))
    return model(node("Relu"), weights) + field(14, field(1, "k") + field(2, text)), "m.onnx"


def _hdf5(text: str) -> tuple[bytes, str]:
    return Made().finish(note("token", text.encode())), "model.h5"


BUILDS = (
    *(_config, _template, _source, _pickle, _safetensors, _notebook, _environment),
    *(_long_text, _wide, _gguf, _onnx, _hdf5),
)


@pytest.mark.parametrize("build", BUILDS)
def test_wherever_text_stands(build: Callable[[str], tuple[bytes, str]]) -> None:
    data, name = build(SURE["github-token"])
    for deep in (False, True):
        assert told(scan_bytes(data, name, deep=deep)) == {"github-token": "medium"}


def test_behind_the_weights() -> None:
    data = safetensors({"w": entry("U8", [2 << 20], 0, 2 << 20)}, bytes(2 << 20))
    data += SURE["github-token"].encode()
    assert told(scan_bytes(data, deep=True)) == {"github-token": "medium"}


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "hf_" + "x" * 34,
        "sk-" + "." * 20,
        "sk-proj-your-key-here, sk-1234567890abcdef, OPENAI_API_KEY=sk-...",
        "export WANDB_API_KEY=<40 hexadecimal digits>, commit " + "a1b2c3d4" * 5,
        "dapi" + "0123456789abcdef" * 2,
        "gsk_" + "your_groq_key_here",
        " ".join(f"hf_{some(9, seed=n)}" for n in range(200)),
        "hf_" + "abcdefgh" * 4 + "ab",
        "ghp" + "_" + some(36),
        "token = os.environ['HF_TOKEN']",
        "https://user:password@models.example.org/x",
        "https://me:{token}@host.net/x",
        "postgresql://postgres:postgres@localhost:5432/db",
        "mysql://app:Tr0ub4dor3@localhost/db",
        "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"
        "/K1SZFPTOtr/KBHBeksoGMGw==",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0." + some(43),
        "-----BEGIN PRIVATE KEY-----\n" + some(64) + "\n-----END PRIVATE KEY-----",
        f"https://huggingface.co/models?id={some(40)} and a digest {some(64, '0123456789abcdef')}",
        some(4000),
    ],
)
def test_what_stands_for_others_is_silent(text: str) -> None:
    assert told(scan_bytes(_config(text)[0], "config.json")) == {}


def test_the_same_one_is_told_once() -> None:
    text = json.dumps({"model_type": "bert", "a": SURE["npm-token"], "b": SURE["npm-token"]})
    found = [f for f in scan_bytes(text.encode()).findings if f.rule == "exposed-secret"]
    assert len(found) == 1
