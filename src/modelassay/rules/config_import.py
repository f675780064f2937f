"""A configuration that has a module imported by its name.

What
----
The modules of a sentence transformer, the components of a diffusers pipeline or the library of an
adapter's base model are named by an import path, and it is none of the libraries that honest
configurations name.

Why
---
The loader imports whatever the path says: any module that is installed, and at times a Python file
of the repository itself. Where the folder is scanned, too, such a file is read and judged by
itself, and a module that is none of them is reported by `repository-files`.

Remediation
-----------
Find out what the module is before the model is loaded. Vouch for your own packages with --allow.

References
----------
- https://sbert.net/docs/sentence_transformer/usage/custom_models.html
- https://huggingface.co/docs/diffusers/using-diffusers/custom_pipeline_overview
- https://cwe.mitre.org/data/definitions/470.html
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from modelassay.core.facts import Reference
from modelassay.core.findings import Severity
from modelassay.rules.base import Match, Rule, Subject

RULE = Rule(
    id="config-import",
    title="A configuration that has a module imported by its name",
    severity=Severity.MEDIUM,
    remediation="Find out what the module is before the model is loaded.",
    fires=(
        'reference module "os.system" @[0].type',
        'reference component "my_unet.Model" @unet',
        'reference library "acme.models" @auto_mapping.parent_library',
        'reference loader-module "acme.loader" @flavors.python_function.loader_module',
    ),
    silent=(
        'reference module "sentence_transformers.models.Pooling" @[1].type',
        'reference component "transformers.CLIPTextModel" @text_encoder',
        'reference loader-module "mlflow.sklearn" @flavors.python_function.loader_module',
        'reference component "stable_diffusion.StableDiffusionSafetyChecker" @safety_checker',
        'reference library "transformers.models.llama.modeling_llama"',
    ),
    cwe=470,
    atlas="AML.T0011.000",
)

_ROLES: Final = ("module", "component", "library", "loader-module")
_HONEST: Final = frozenset(
    ("sentence_transformers", "transformers", "diffusers", "onnxruntime", "flax", "torch", "peft")
)
#: Modules of diffusers that a pipeline names as if they stood by themselves.
_PIPELINES: Final = frozenset(
    (
        *("stable_diffusion", "paint_by_example", "deprecated", "audioldm2", "kandinsky"),
        *("latent_diffusion", "unclip", "versatile_diffusion", "wuerstchen", "deepfloyd_if"),
        *("spectrogram_diffusion", "musicldm", "stable_cascade", "stable_audio", "ltx2"),
        *("stable_diffusion_safe", "semantic_stable_diffusion", "unidiffuser", "lumina"),
    )
)


def check(subject: Subject) -> Iterator[Match]:
    """Yield a match for each path that leads elsewhere."""
    for fact in subject.of(Reference):
        if fact.role not in _ROLES or fact.target in ("", "None.None"):
            continue
        top = fact.target.partition(".")[0]
        known = top in _HONEST or (fact.role == "component" and top in _PIPELINES)
        known = known or (fact.role == "loader-module" and top == "mlflow")
        if known or subject.vouches(fact.target):
            continue
        # A file of the repository may be meant, which is known to whoever sees the folder.
        severity = Severity.MEDIUM if top in sys.stdlib_module_names else Severity.LOW
        yield Match(f"loading the model imports {fact.target[:200]!r}", (fact,), severity)
