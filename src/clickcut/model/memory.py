"""How the C library hands out memory for tensors: nothing here changes a number, only the time that page faults take."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 512 << 20
_LARGEST_KEPT_TENSOR = 256 << 20


def keep_freed_memory() -> bool:
    """Lets glibc reuse the memory of freed tensors instead of returning it to the system; tells whether it could.

    By default every tensor above 32 MB gets fresh pages, which the kernel must clear one by one: about half of an encoder's time on two
    cores. Process-wide, so commands call it and libraries do not; keeps at most 512 MB. Does nothing where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT_TENSOR) and mallopt(_TRIM_THRESHOLD, _KEPT_BYTES))
