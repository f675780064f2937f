"""The gate of a scan: the policy and the baseline the user named, and what they decide."""

from __future__ import annotations

from typing import Any

import msgspec

from modelassay.core.report import Report
from modelassay.core.text import parsed_size
from modelassay.io.budget import Limits
from modelassay.kernel import Options
from modelassay.policy.decision import Decision, decide
from modelassay.policy.types import Policy, Waivers


class Gate(msgspec.Struct, frozen=True):
    """What is held against a report. Nothing of it ever comes from what is scanned."""

    policy: Policy = Policy()
    waivers: Waivers = Waivers()

    @classmethod
    def read(cls, policy: str | None, baseline: str | None, fail_on: str | None = None) -> Gate:
        """Read what is named; `fail_on` goes before the policy's. Raises `PolicyError`."""
        read, waivers = Policy(), Waivers()
        if policy or baseline:
            from modelassay.policy.reading import read_policy, read_waivers

            read = read_policy(policy) if policy else read
            waivers = read_waivers(baseline) if baseline else waivers
        if fail_on:
            read = msgspec.structs.replace(read, fail_on=fail_on)
        return cls(read, waivers)

    def options(
        self,
        limits: dict[str, Any] | None = None,
        *,
        strict: bool = False,
        hash: bool = False,
        vouched: tuple[str, ...] = (),
        deep: bool = False,
        yara: tuple[str, ...] = (),
    ) -> Options:
        """Return how to scan: as the command line says, else the policy, else the default."""
        chosen = {name: value for name, value in (limits or {}).items() if value is not None}
        return Options(
            Limits(**self._limits | chosen),
            strict=strict or self.policy.complete == "all",
            hash=hash,
            vouched=(*self.policy.vouched, *vouched),
            deep=deep,
            yara=(*self.policy.yara, *yara),
        )

    @property
    def _limits(self) -> dict[str, Any]:
        """The limits the policy sets, sizes in bytes."""
        given = msgspec.structs.asdict(self.policy.limits)
        return {
            name: parsed_size(value) if isinstance(value, str) else value
            for name, value in given.items()
            if value is not None
        }

    def decide(self, report: Report) -> Decision:
        """Hold the report against the policy and, as of today, the waivers."""
        import datetime

        return decide(report, self.policy, self.waivers, datetime.date.today())
