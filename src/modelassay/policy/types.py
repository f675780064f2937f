"""The shape of a policy file and of a baseline. Their JSON Schemas are made from these types."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec

from modelassay.core.errors import Error
from modelassay.core.findings import Severity

Threshold: TypeAlias = Literal["critical", "high", "medium", "low", "never"]
Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Size: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{1,15} ?[KMGT]?(i?B)?$")]


class PolicyError(Error):
    """A policy or a baseline that cannot be read, or says what it must not."""

    advice = "Its keys are in docs/reference/policy.md."


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table in which every key must be known: a misspelt one would silently not count."""


class Exemption(_Strict, frozen=True, kw_only=True):
    """Where another threshold holds. Of several that fit a finding, the last one counts.

    `rule`, `format` and `path` are patterns (`*`, `?`, `[...]`); what is left out fits everything.
    `path` is matched against the artifact's path as the report has it. `never` lets all pass.
    """

    fail_on: Threshold
    rule: Text = "*"
    format: Text = "*"
    path: Text = "*"
    reason: str = ""


class Formats(_Strict, frozen=True, kw_only=True):
    """Which formats may come in. With `allow`, every other one fails, and so does an unknown one.

    Prose, pictures and what merely holds others together by being plain text is always allowed.
    """

    allow: tuple[Text, ...] | None = None
    deny: tuple[Text, ...] = ()


class Vouch(_Strict, frozen=True, kw_only=True):
    """Names a team answers for: callables such as `mylib.nets.*`, operators as `mydomain:*`."""

    names: tuple[Text, ...]
    reason: Text


class Limits(_Strict, frozen=True, kw_only=True):
    """Caps of the Budget for one file. Sizes are `512M` or `8G`."""

    seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None
    inflated: Size | Positive | None = None
    members: Positive | None = None
    depth: Positive | None = None
    facts: Positive | None = None


class Policy(_Strict, frozen=True, kw_only=True):
    """What a policy file says.

    `fail_on` is the least severity that fails. `complete` is `known`, or `all` where a file of
    unknown format counts as not read. `yara` names files of rules, relative to the policy file.
    """

    schema: Literal[1] = 1
    fail_on: Threshold = "high"
    complete: Literal["known", "all"] = "known"
    exceptions: tuple[Exemption, ...] = ()
    formats: Formats = Formats()
    vouch: tuple[Vouch, ...] = ()
    limits: Limits = Limits()
    yara: tuple[Text, ...] = ()

    @property
    def vouched(self) -> tuple[str, ...]:
        """All patterns that are vouched for."""
        return tuple(name for vouch in self.vouch for name in vouch.names)


class Waiver(_Strict, frozen=True, kw_only=True):
    """A finding somebody has looked at and accepts, until a day.

    `fingerprint` is the finding's and does not depend on where the file lies. After `expires` the
    finding fails again. `artifact` and `message` are for those who read the file.
    """

    fingerprint: Text
    rule: Text
    reason: Text
    owner: Text
    expires: datetime.date | None = None
    severity: Severity | None = None
    artifact: str = ""
    message: str = ""


class Waivers(_Strict, frozen=True, kw_only=True):
    """A baseline: the waivers of a project."""

    schema: Literal[1] = 1
    waivers: tuple[Waiver, ...] = ()
