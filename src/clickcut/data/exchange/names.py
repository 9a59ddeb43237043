"""Which image of a folder is meant by the name that a file of labels gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath


class ImageNames:
    """The images of a folder by name, with "/" between folders.

    ``hw_of`` gives the (height, width) of one, turned upright, or raises ValueError where it cannot be read.
    """

    def __init__(self, names: Iterable[str], hw_of: Callable[[str], tuple[int, int]]) -> None:
        self.hw_of = hw_of
        self._exact = defaultdict[str, list[str]](list)
        self._last = defaultdict[str, list[str]](list)
        for name in names:
            path = PurePosixPath(name)
            for key in {name, path.with_suffix("").as_posix()}:
                self._exact[key].append(name)
            for key in {path.name, path.stem}:
                self._last[key].append(name)

    def find(self, name: str) -> str:
        """The image that is called so, with its ending or without, by as much of the path as fits; ValueError where none or several are.

        Other tools name images as seen from elsewhere as often as not: "D:/data/cats/a.jpg" and "masks/cats/a" both mean "cats/a.jpg".
        """
        found = self._called(name)
        if len(found) > 1:
            raise ValueError(f"{name}: could be any of {', '.join(found[:3])}")
        if not found:
            raise ValueError(f"{name}: no image of that name in the folder")
        return found[0]

    def knows(self, name: str) -> bool:
        """Whether an image is called so, or several are."""
        return bool(self._called(name))

    def _called(self, name: str) -> list[str]:
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        tails = ("/".join(parts[first:]) for first in range(len(parts)))
        return next((self._exact[tail] for tail in tails if tail in self._exact), self._last.get(parts[-1], []) if parts else [])
