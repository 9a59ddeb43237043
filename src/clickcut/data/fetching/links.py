"""A folder that is another one under a second name: a symbolic link, or where the system gives none, hard links or copies of its files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from clickcut.data.fetching.catalogue import Link


def make_link(link: Link, root: Path) -> bool:
    """Makes the link below the data root; False where what it leads to is not there yet."""
    place, target = root / link.link, root / link.target
    if not target.is_dir():
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir() and not place.is_symlink():
        place.rmdir()  # empty, or the link would not be missing
    elif place.is_symlink():
        place.unlink()  # leads nowhere
    try:
        # Relative, so that the data root can be moved and mounted elsewhere.
        place.symlink_to(os.path.relpath(target, place.parent), target_is_directory=True)
    except OSError:  # Windows asks for a right that few users have; some file systems know no links
        _linked_one_by_one(target, place)
    return True


def _linked_one_by_one(target: Path, place: Path) -> None:
    """In a folder beside that takes its place when it is whole."""
    part = place.with_name(f"{place.name}.part")
    part.mkdir(exist_ok=True)
    for path in target.iterdir():
        linked = part / path.name
        if linked.exists() or not path.is_file():
            continue
        try:
            linked.hardlink_to(path)
        except OSError:
            shutil.copy2(path, linked)
    part.replace(place)
