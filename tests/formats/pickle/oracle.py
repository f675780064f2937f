"""The oracle: what the loaders of this Python do with a stream, told by a limited child process."""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("oracle_child.py")


class Oracle:
    """Asks the child; starts another where one died."""

    def __init__(self) -> None:
        self.asked = 0
        self.died = 0
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, data: bytes) -> dict[str, Any] | None:
        """Return what the loaders did, `None` if that killed the child."""
        self.asked += 1
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-I", str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(struct.pack("<I", len(data)) + data)
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            self.died += 1
            self.close()
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            assert child.stdin is not None
            assert child.stdout is not None
            child.kill()
            child.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
            child.wait()
