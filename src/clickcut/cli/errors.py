"""How a command ends: bad input is one line and exit status 2, never a traceback; a traceback is a mistake of ours."""

from __future__ import annotations

import sys
from collections.abc import Callable

from cyclopts import CycloptsError

NO_MEMORY = 1
BAD_INPUT = 2
INTERRUPTED = 130


def status_of(work: Callable[[], object]) -> int:
    """Runs a command and gives its exit status: what it returns if that is a number, else 0."""
    try:
        status = work()
    except KeyboardInterrupt:
        return _ended("interrupted", INTERRUPTED)
    except CycloptsError as error:
        error.verbose = False
        return _ended(f"error: {error}", BAD_INPUT)
    except OSError as error:
        # Python's own text, "[Errno 13] Permission denied: '/x'", tells programmers more than users.
        told = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        return _ended(f"error: {told}", BAD_INPUT)
    except ValueError as error:
        return _ended(f"error: {error}", BAD_INPUT)
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        return _ended("error: there is not enough memory for this; try a smaller --size or another --device", NO_MEMORY)
    return status if isinstance(status, int) else 0


def _ended(message: str, status: int) -> int:
    print(f"clickcut: {' '.join(message.split())}", file=sys.stderr)
    return status


def _is_out_of_memory(error: Exception) -> bool:
    """PyTorch has a class of its own for a GPU's memory, and only a text for the machine's."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in str(error)
