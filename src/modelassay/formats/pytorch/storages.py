"""The storages of a PyTorch file: what its pickles claim of them, and what is really there."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Claim(msgspec.Struct, frozen=True):
    """What a persistent id says of a storage: its elements, and their bytes.

    `packed` is how many tensor elements one of them holds; `view` the (offset, numel) of the part
    that this id stands for.
    """

    key: str
    numel: int
    width: int
    packed: int
    dtype: str
    location: str
    view: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """The bytes of the whole storage."""
        return self.numel * self.width

    @property
    def inside(self) -> bool:
        """Whether the part it stands for is inside the storage."""
        return self.view is None or (min(self.view) >= 0 and sum(self.view) <= self.numel)


class Storages:
    """Records by name, with their bytes, and the claims of all pickles by record name.

    `records` is `None` where a file tells of its storages only after its pickles; the bytes of one
    are `None` where they were left out on purpose. With `named`, `names` are the keys under which
    the pickles hold the first tensor of each.
    """

    def __init__(
        self, records: Mapping[str, int | None] | None = None, named: bool = False
    ) -> None:
        self.records = records
        self.claims: dict[str, Claim] = {}
        self.named = named
        self.names: dict[str, str] = {}

    def name_of(self, record: str) -> str:
        """Return what a storage is known by: the place of its tensor, else its record."""
        return self.names.get(record) or record

    def claim(self, name: str, claim: Claim) -> str | None:
        """Take a claim; return the kind of anomaly it is, if it is one."""
        known = self.claims.setdefault(name, claim)
        if claim.numel < 0 or known.size != claim.size or not claim.inside:
            return "storage-size"
        if self.records is None or known is not claim:
            return None
        if name not in self.records:
            return None if claim.location == "meta" else "storage-missing"
        return None if self.records[name] in (None, claim.size) else "storage-size"

    def describe(self, name: str, claim: Claim) -> str:
        """Say how a claim is wrong."""
        known = self.claims[name]
        if not claim.inside:
            return f"a view {claim.view} of storage {claim.key!r} is outside of its {claim.numel}"
        if known.size != claim.size:
            return f"storage {claim.key!r} is claimed with {known.size} and with {claim.size} bytes"
        size = None if self.records is None else self.records.get(name)
        if size is None and claim.numel >= 0:
            return f"storage {claim.key!r} of {claim.size} bytes is not in the file"
        return f"storage {claim.key!r} is claimed with {claim.size} bytes, it has {size}"
