"""``clickcut data build``: annotations made out of others."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from clickcut.cli.progress import progress
from clickcut.data.building.split import SplitFiles, build_split
from clickcut.data.fetching.catalogue import data_root
from clickcut.data.photos import Split


def build_cocolvis(root: Path | None, splits: Sequence[Split], jobs: int | None) -> None:
    """Builds COCO+LVIS below the data root, split by split; what is there already stays."""
    if jobs is not None and jobs < 1:
        raise ValueError(f"expected --jobs of 1 or more, got {jobs}")
    place = data_root() if root is None else root
    wanted = [SplitFiles.below(place, split) for split in dict.fromkeys(splits)]
    for files in wanted:
        if files.hierarchy.is_file():
            print(f"{files.hierarchy}: is there already; remove it to build it anew")
            continue
        num_photos = _built(files, jobs or os.cpu_count() or 1)
        print(f"{files.hierarchy}: {num_photos} photos")


def _built(files: SplitFiles, jobs: int) -> int:
    try:
        with progress(f"building {files.out.name}") as advance:
            return build_split(files, jobs, advance)
    except KeyboardInterrupt:
        print(f"\n{files.out}: what is built is kept, the same command goes on from there", file=sys.stderr)
        raise
