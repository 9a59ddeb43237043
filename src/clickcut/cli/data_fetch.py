"""``clickcut data list`` and ``data download``: which sets the field publishes, and getting them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from clickcut.cli.licences import ask
from clickcut.cli.progress import byte_progress
from clickcut.cli.tables import print_table
from clickcut.core.cache import cache_folder
from clickcut.data.fetching.catalogue import PublishedSet, data_root, how_by_hand
from clickcut.data.fetching.downloading import Shelf, download_set, has_begun
from clickcut.data.fetching.published_sets import PUBLISHED_SETS, published_set


def print_list(root: Path | None) -> None:
    """A line for each set, and where to get those that only a person can fetch."""
    place = data_root() if root is None else root
    print_table([("NAME", "WHAT", "SIZE", "LICENCE", "FOLDER", "STATE"), *(_row(one, place) for one in PUBLISHED_SETS.values())])
    for one in PUBLISHED_SETS.values():
        if one.by_hand and not one.is_here(place):
            print(f"By hand: {one.name} from {one.page} to {' and '.join(map(str, one.by_hand_paths(place)))}")
    print(f"Sizes are rough, of what is downloaded. They are looked up in {place}; clickcut data download NAME gets one.")


def get(names: Sequence[str], root: Path | None, *, accepted: bool, keeps_archives: bool) -> None:
    """Downloads sets one after the other; those that only a person can fetch are told of at the end, as an error."""
    if not names:
        raise ValueError("expected the names of sets, got none; clickcut data list shows them")
    shelf = Shelf(data_root() if root is None else root, cache_folder() / "sets", keeps_archives)
    wanted = list(dict.fromkeys(map(published_set, names)))
    by_hand = [one for one in wanted if one.by_hand and not one.is_here(shelf.root)]
    for one in wanted:
        if not (accepted or one.by_hand or one.is_here(shelf.root)):
            ask(one.name, one.licence, one.page)
    for one in wanted:
        if one not in by_hand:
            _download(one, shelf)
    _tell_missing_links(wanted, shelf)
    if by_hand:
        raise ValueError("; ".join(f"{how_by_hand(one, shelf.root)} (licence: {one.licence})" for one in by_hand))


def _row(one: PublishedSet, root: Path) -> tuple[str, ...]:
    size = "?" if one.mib is None else f"{one.mib} MiB"
    return one.name, one.what, "" if one.by_hand else size, one.licence, one.folder, _state(one, root)


def _state(one: PublishedSet, root: Path) -> str:
    if one.is_here(root):
        return f"here, without {' and '.join(one.needs)}" if one.missing_links(root) else "here"
    if one.by_hand:
        return "by hand"
    num_missing = sum(bool(archive.missing(root)) for archive in one.archives)
    if has_begun(one, root) or num_missing < len(one.archives):
        return f"begun, {len(one.archives) - num_missing} of {len(one.archives)} archives here"
    return "not here"


def _download(one: PublishedSet, shelf: Shelf) -> None:
    try:
        download_set(one, shelf, byte_progress)
    except KeyboardInterrupt:
        print(f"\n{one.name}: what has arrived is kept, the same command goes on from there", file=sys.stderr)
        raise
    print(f"{one.name}: {shelf.root / one.folder}")


def _tell_missing_links(wanted: Sequence[PublishedSet], shelf: Shelf) -> None:
    """Once more after all: a later set of the same command may be what an earlier one needs."""
    for one in wanted:
        if one.missing_links(shelf.root) and one.is_here(shelf.root):
            download_set(one, shelf)
        if one.missing_links(shelf.root):
            needed = " ".join(one.needs)
            print(f"{one.name}: its photos are those of {needed}, which are not here: clickcut data download {needed} {one.name}")
