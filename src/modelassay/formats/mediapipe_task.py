"""Task bundles of MediaPipe (`.task`): a zip, not compressed, of models and what goes with them.

Source: `mediapipe/tasks/cc/core/model_asset_bundle_resources.h` and the bundlers of MediaPipe 0.10.
Members are models of TensorFlow Lite, graphs, tokenizers, metadata, or other bundles; each is an
artifact of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from modelassay.formats import zip as zip_format
from modelassay.formats.base import Event, Source
from modelassay.io.blob import Blob

_MODEL: Final = re.compile(rb"(?:.*\.(?:tflite|task)|TF_LITE_\w+)\Z")
_BESIDE: Final = re.compile(
    rb"(?:.*\.(?:tflite|task|txt|json|binarypb|pb|model|spm|bin)|[A-Z][A-Z0-9_]+)\Z"
)


def identify(blob: Blob) -> bool:
    """Whether `blob` is a zip whose directory names models of a task, and little else."""
    names = zip_format.names(blob)
    return any(map(_MODEL.match, names)) and all(map(_BESIDE.match, names))


def parse(source: Source) -> Iterator[Event]:
    """Yield what a zip yields."""
    yield from zip_format.walk(zip_format.read(source.blob, source.budget))
