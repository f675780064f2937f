"""Models and services of BentoML: `model.yaml` and `bento.yaml`.

Source: `ModelInfo` in `bentoml/_internal/models/model.py` and `BentoInfo` and the build options in
`bentoml/_internal/bento/` of BentoML 1.0 to 1.4. A model names the module that loads it, a service
the object that is imported, the packages and the script its image is made with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from modelassay.core.facts import Anomaly, Location, Reference
from modelassay.formats.base import Event, Incomplete, Source
from modelassay.io.blob import Blob
from modelassay.io.json import entries
from modelassay.io.yaml_document import YamlError, read_yaml

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
    try:
        value = read_yaml(source.blob.head(_LARGEST)).value
    except YamlError as error:
        yield Anomaly(kind="broken-config", message=str(error), at=Location(0))
        yield Incomplete(str(error))
        return
    for path, key, inner in islice(entries(value), _MOST):
        role = _TOLD.get(path)
        for target in inner if isinstance(inner, list) else [inner]:
            if role is not None and isinstance(target, str):
                option = f"--{key.replace('_', '-')} " if role == "package-index" else ""
                target = f"{option}{target}"[:_LONGEST]
                yield Reference(role=role, target=target, at=Location(path=path))
