"""Models and services of BentoML: `model.yaml` and `bento.yaml`.

Source: `ModelInfo` in `bentoml/_internal/models/model.py` and `BentoInfo` and the build options in
`bentoml/_internal/bento/` of BentoML 1.0 to 1.4. A model names the module that loads it, a service
the object that is imported, the packages and the script its image is made with. Only the events of
the YAML parser are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.yaml import YamlFault, scalars

_LARGEST: Final = 4 << 20
_LONGEST: Final = 500
_MOST: Final = 5000
_KEY: Final = re.compile(rb"(?m)^([a-z_]+):")
_MODEL: Final = {b"module", b"api_version", b"name", b"version"}
_BENTO: Final = {b"service", b"name", b"version", b"bentoml_version"}
_TOLD: Final = {
    "module": "bento-module",
    "service": "bento-service",
    "docker.setup_script": "bento-script",
    "docker.dockerfile_template": "bento-template",
    "docker.base_image": "base-image",
    "image.base_image": "base-image",
    "image.commands": "shell",
    "image.scripts": "bento-script",
    "python.index_url": "package-index",
    "python.extra_index_url": "package-index",
    "python.find_links": "package-index",
    "python.trusted_host": "package-index",
}


def identify(blob: Blob) -> bool:
    """Whether the outermost keys are those of a model or a service."""
    head = blob.head(_LARGEST)
    keys = {found[1] for found in _KEY.finditer(head)}
    return b"\0" not in head and (keys >= _MODEL or keys >= _BENTO)


def parse(source: Source) -> Iterator[Event]:
    """Yield what is imported, run and installed."""
    text = source.blob.head(_LARGEST).decode("utf-8", "replace")
    for told, item in enumerate(scalars(text)):
        if isinstance(item, YamlFault):
            yield Anomaly(kind="broken-config", message=item.message, at=Location(item.offset))
            yield Incomplete(item.message)
            return
        if told >= _MOST:
            yield Incomplete(f"only {_MOST} values were read")
            return
        path, value = item
        role = _TOLD.get(path)
        if role is not None and value not in ("", "null", "~"):
            option = path.rpartition(".")[2].replace("_", "-")
            target = f"--{option} {value}" if role == "package-index" else value
            yield Reference(role=role, target=target[:_LONGEST], at=Location(path=path))
