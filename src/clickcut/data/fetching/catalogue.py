"""What a published set is: its archives, which of their members go where below the data root, and what shows that it is there.

The sets themselves are in ``published_sets.py``. Nothing here is contacted until somebody asks for a download (``downloading.py``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MIB: Final = 1 << 20
_MOST_UNPACKED_MIB: Final = 256 << 10
_MOST_LEADING_FOLDERS: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file of an archive and where it goes, a path below the data root.

    Folders that an archive has around it do not matter. ``inner`` is set where the member is a zip archive itself: what it holds below
    this folder goes to ``target``. Not every release has an ``optional`` one.
    """

    member: str
    target: str
    inner: str | None = None
    optional: bool = False

    def beyond(self, parts: tuple[str, ...]) -> tuple[str, ...] | None:
        """The rest of a member's path within this place, empty for the place itself; None where the member is not of it."""
        wanted = tuple(self.member.split("/"))
        for first in range(_MOST_LEADING_FOLDERS + 1):
            if parts[first : first + len(wanted)] == wanted:
                return parts[first + len(wanted) :]
        return None


@dataclass(frozen=True, slots=True)
class Archive:
    """One file that is published: a zip or tar archive. Sizes are rough, in MiB, None where nobody told."""

    address: str
    places: tuple[Place, ...]
    mib: int | None = None
    unpacked_mib: int | None = None

    @property
    def file(self) -> str:
        return self.address.rpartition("/")[2]

    @property
    def most_bytes(self) -> int:
        """More than that is another file, or none that ends."""
        return 2 * _MIB * (_MOST_UNPACKED_MIB if self.mib is None else self.mib)

    @property
    def most_unpacked_bytes(self) -> int:
        """What unpacks to more than that is there to fill disks."""
        return 2 * _MIB * (_MOST_UNPACKED_MIB if self.unpacked_mib is None else self.unpacked_mib)

    def missing(self, root: Path) -> tuple[Place, ...]:
        """The places that are not below ``root`` yet; none where only optional ones are missing."""
        absent = tuple(place for place in self.places if not is_there(root / place.target))
        return absent if any(not place.optional for place in absent) else ()


@dataclass(frozen=True, slots=True)
class Link:
    """A folder of one set that is another one's: ``link`` leads to ``target``, both below the data root."""

    link: str
    target: str


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """A set as its makers publish it; ``folder`` is where its readers look, below the data root.

    Without ``archives`` only a person can fetch it, from ``page``, and ``by_hand_places`` in ``folder`` show that it is there. ``links``
    are to folders of the sets it ``needs``.
    """

    name: str
    what: str
    folder: str
    page: str
    licence: str
    archives: tuple[Archive, ...] = ()
    by_hand_places: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def by_hand(self) -> bool:
        return not self.archives

    @property
    def mib(self) -> int | None:
        """What there is to download, None where it is not known of all."""
        sizes = [archive.mib for archive in self.archives]
        known = [size for size in sizes if size is not None]
        return sum(known) if sizes and len(known) == len(sizes) else None

    def is_here(self, root: Path) -> bool:
        """Whether all of its own files are below the data root; ``missing_links`` are another matter."""
        if self.by_hand:
            return all(map(is_there, self.by_hand_paths(root)))
        return not any(archive.missing(root) for archive in self.archives)

    def by_hand_paths(self, root: Path) -> tuple[Path, ...]:
        """What a person has to put there."""
        return tuple(root / self.folder / place for place in self.by_hand_places)

    def missing_links(self, root: Path) -> tuple[Link, ...]:
        return tuple(link for link in self.links if not is_there(root / link.link))


def data_root() -> Path:
    """Where sets are looked up and put if nobody says otherwise: ``$CLICKCUT_DATA``, else ``datasets`` in the present folder."""
    return Path(os.environ.get("CLICKCUT_DATA") or "datasets").expanduser()


def is_there(path: Path) -> bool:
    """Whether there is a file, or a folder with something in it."""
    return path.is_file() or (path.is_dir() and next(path.iterdir(), None) is not None)


def how_by_hand(one: PublishedSet, root: Path) -> str:
    """What to tell a person who has to fetch a set."""
    places = " and ".join(map(str, one.by_hand_paths(root)))
    return f"{one.name}: no program can fetch this set; get it from {one.page} in a browser, so that there are {places}"
