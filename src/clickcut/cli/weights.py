"""``clickcut weights``: which weights the field publishes, and getting them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from clickcut.cli.licences import ask
from clickcut.cli.progress import byte_progress
from clickcut.cli.tables import print_table
from clickcut.model.catalogue import PUBLISHED, Published, how_by_hand, published, weights_folder
from clickcut.model.publishing import download
from clickcut.model.weights import SHIPPED

_PURPOSES = {"click": "to click with", "start": "to start a training with"}


def print_list() -> None:
    """A line for each of the published weights, and where they are kept."""
    print_table([("NAME", "WHAT", "FOR", "SIZE", "LICENCE", "STATE"), *map(_row, PUBLISHED.values())])
    print(
        f"Sizes are rough. They are kept in {weights_folder()}; clickcut weights download NAME gets one, --weights NAME uses it, "
        f"as it does {' and '.join(SHIPPED)}, which come with clickcut."
    )


def get(names: Sequence[str], folder: Path | None, *, accepted: bool) -> None:
    """Downloads weights one after the other; those that only a person can fetch are told of at the end, as an error."""
    if not names:
        raise ValueError("expected the names of published weights, got none; clickcut weights list shows them")
    wanted = [published(name) for name in dict.fromkeys(names)]
    place = weights_folder() if folder is None else folder
    missing = [one for one in wanted if not (place / one.file).is_file()]
    by_hand = [one for one in missing if one.by_hand]
    for one in missing:
        if not (accepted or one.by_hand):
            ask(one.name, one.licence, one.page)
    for one in wanted:
        if one not in by_hand:
            path = _downloaded(one, place)
            print(f"{one.name}: {path}; {_PURPOSES[one.purpose]}, by --{_option(one)} {one.name if folder is None else path}")
    if by_hand:
        place.mkdir(parents=True, exist_ok=True)
        raise ValueError("; ".join(f"{how_by_hand(one, place / one.file)} (licence: {one.licence})" for one in by_hand))


def _row(one: Published) -> tuple[str, ...]:
    here = (weights_folder() / one.file).is_file()
    size = "?" if one.mib is None else f"{one.mib} MiB"
    return one.name, one.what, _PURPOSES[one.purpose], size, one.licence, "here" if here else "by hand" if one.by_hand else "not here"


def _downloaded(one: Published, place: Path) -> Path:
    try:
        return download(one, place, byte_progress)
    except KeyboardInterrupt:
        print(f"\n{one.name}: what has arrived is kept, the same command goes on from there", file=sys.stderr)
        raise


def _option(one: Published) -> str:
    return "weights" if one.purpose == "click" else "start"
