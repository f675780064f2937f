"""The memo: references by index, as `_Unpickler_MemoPut` and `_Unpickler_MemoGet` keep them.

A pickler counts its memo up, from 0, or from 1 in Python 2, so it is an array. What a stream puts
far behind the end stands apart: a loader would allocate up to that index, this does not.
"""

from __future__ import annotations

from typing import Final

from modelassay.core.errors import BudgetError
from modelassay.formats.pickle.ints import Ints
from modelassay.formats.pickle.store import UNSET

#: No honest pickler leaves gaps this wide in the memo; a loader allocates up to the index.
MOST_GAP: Final = 1 << 20
_MOST_HOLES: Final = 16
_MOST_FAR: Final = 1 << 20


class Memo:
    """`entries` from index 0 on, `UNSET` where nothing stands.

    `dense` tells that nothing stands apart, `plain` that nothing is missing in between either.
    """

    def __init__(self, typecode: str) -> None:
        self.entries = Ints(typecode)
        self.dense = True
        self.plain = True
        self._holes = 0
        self._far: dict[int, int] = {}

    def put(self, index: int, ref: int) -> None:
        """Let `ref` stand at `index`. Raises `BudgetError` if too many stand apart."""
        entries, far = self.entries, self._far
        known = len(entries)
        if index < known:
            self._holes -= entries[index] == UNSET
            entries[index] = ref
        elif index - known <= _MOST_HOLES and self._holes <= max(_MOST_HOLES, known // 2):
            self._holes += index - known
            entries.extend([UNSET] * (index - known))
            entries.append(ref)
            self._join(known)
        else:
            far[index] = ref
            if len(far) > _MOST_FAR:
                raise BudgetError("memo", f"more than {_MOST_FAR} memo entries stand apart")
        self.dense = not far
        self.plain = self.dense and not self._holes

    def _join(self, known: int) -> None:
        """Take in what stood apart, and now stands inside of the array or at its end."""
        entries, far = self.entries, self._far
        if not far:
            return
        for index in range(known, len(entries) - 1):
            if index in far:
                entries[index] = far.pop(index)
                self._holes -= 1
        far.pop(len(entries) - 1, None)
        while len(entries) in far:
            entries.append(far.pop(len(entries)))

    def memoize(self, ref: int) -> None:
        """Let `ref` stand at the number of entries there are, as MEMOIZE does."""
        self.put(len(self.entries) - self._holes + len(self._far), ref)

    def get(self, index: int) -> int | None:
        """Return what stands at `index`, `None` if nothing does."""
        if 0 <= index < len(self.entries):
            ref = self.entries[index]
            return ref if ref != UNSET else None
        return self._far.get(index)
