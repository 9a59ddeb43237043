"""``clickcut train``: a recipe's run, told line by line."""

from __future__ import annotations

import sys

from clickcut.train.loop import Stopped
from clickcut.train.run import RunFiles, RunOptions, train

STOPPED = 1


def run(recipe: str, files: RunFiles, options: RunOptions) -> int:
    """Trains and gives the exit status: 1 when the run was asked to stop and wrote a checkpoint to go on from."""
    try:
        path = train(recipe, files, options, tell=_tell)
    except Stopped as stopped:
        _tell(f"clickcut: {stopped}")
        return STOPPED
    print(f"wrote {path}")
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
