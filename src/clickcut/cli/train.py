"""``clickcut train``: a recipe's run, told line by line, with bars on a terminal."""

from __future__ import annotations

import sys

from clickcut.cli.progress import progress
from clickcut.train.loop import Stopped
from clickcut.train.run import RunFiles, RunOptions, check, train

STOPPED = 1


def run(recipe: str, files: RunFiles, options: RunOptions, *, check_only: bool = False) -> int:
    """Trains and gives the exit status: 1 when the run was asked to stop and wrote a checkpoint to go on from."""
    bars = progress if sys.stderr.isatty() else None
    try:
        path = check(recipe, files, tell=_tell, progress=bars) if check_only else train(recipe, files, options, tell=_tell, progress=bars)
    except Stopped as stopped:
        _tell(f"clickcut: {stopped}")
        return STOPPED
    print(f"wrote {path}")
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
