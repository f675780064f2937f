"""modelassay tells what a model file would do before anybody loads it."""

from modelassay.api import scan
from modelassay.core.report import Report
from modelassay.kernel import Options
from modelassay.version import __version__

__all__ = ["Options", "Report", "__version__", "scan"]
