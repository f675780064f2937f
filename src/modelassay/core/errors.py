"""Errors a person can act on."""

from __future__ import annotations


class Error(Exception):
    """The base of all errors raised on purpose. `diagnostics` says what happened and what to do."""

    advice = ""

    def diagnostics(self) -> str:
        """Return what happened and what to do, for a person."""
        return f"{self}. {self.advice}" if self.advice else str(self)


class SourceError(Error):
    """A target cannot be opened or read."""

    advice = "Check that it exists and that you may read it."


class ReadError(Error):
    """Bytes that should be there cannot be read: past the end, or the file changed meanwhile."""

    advice = "The file may be cut short, or was changed while it was read. Scan it again."

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class BudgetError(Error):
    """A cap of the scan's budget was hit."""

    advice = "Raise the limit if you trust the file this far, or unpack it elsewhere."

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class MissingExtraError(Error):
    """A codec that comes as an extra is not installed."""

    def __init__(self, message: str, extra: str) -> None:
        super().__init__(message)
        self.extra = extra
        self.advice = f"Install it with: pip install 'modelassay[{extra}]'"
