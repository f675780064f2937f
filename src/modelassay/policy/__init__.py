"""What a team accepts: thresholds, formats, vouched packages, waivers.

`types` is what a policy file and a baseline say, `reading` reads them, `waivers` makes and writes a
baseline, and `decision` holds a report against both, purely.
"""

from modelassay.policy.decision import Decision, Failure, Waived, decide
from modelassay.policy.types import Policy, PolicyError, Waiver, Waivers

__all__ = ["Decision", "Failure", "Policy", "PolicyError", "Waived", "Waiver", "Waivers", "decide"]
