"""The field's ``config.yml``, which says where sets lie, read as it is (specification 5.6).

Of YAML it uses names with values, blocks of them one deeper, and comments; that is what is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clickcut.data.sets.known_set import KnownSet

_NAME: Final = "config.yml"
_SUBCONFIGS: Final = "SUBCONFIGS"
_OTHER_NAMES: Final = {"LVIS_PATH": ("LVIS_v1_PATH",), "LVIS_v1_PATH": ("LVIS_PATH",)}
"""RITM calls the place of LVIS v1 one way, SimpleClick and CFR-ICL another (quirk Q24)."""

_MOST_BYTES: Final = 1 << 20
Tree = dict[str, "str | Tree"]


@dataclass(frozen=True, slots=True)
class FieldConfig:
    """Places by the names that the files give them, and the file that named each."""

    path: Path
    places: Mapping[str, Path]

    def root(self, known: KnownSet) -> Path:
        """The folder of a set; ValueError where the file does not name it."""
        keys = () if known.config_key is None else (known.config_key, *_OTHER_NAMES.get(known.config_key, ()))
        by_name = {name.lower(): place for name, place in self.places.items()}
        place = next((by_name[key.lower()] for key in keys if key.lower() in by_name), None)
        if place is None:
            wanted = f"a line {known.config_key}: FOLDER" if known.config_key else f"--root, as a config.yml has no name for {known.name}"
            raise ValueError(f"{self.path}: expected {wanted}; it names {', '.join(self.places) or 'nothing'}")
        return place


def read_config(path: Path, *, script: str | None = None, upto: Path | None = None) -> FieldConfig:
    """A config file and those named config.yml in the folders above it up to ``upto``: the nearer one counts.

    Folders are as seen from the file that names them. ``script`` is the name of a training script, whose block below SUBCONFIGS counts
    more than the rest of its file.
    """
    places: dict[str, Path] = {}
    for file in reversed([path, *_above(path, upto)]):
        tree = _tree(file)
        blocks = tree.get(_SUBCONFIGS)
        block = blocks.get(script) if isinstance(blocks, dict) and script is not None else None
        for part in (tree, block if isinstance(block, dict) else {}):
            places |= {name: _place(file, value) for name, value in part.items() if isinstance(value, str) and value}
    return FieldConfig(path, places)


def _above(path: Path, upto: Path | None) -> list[Path]:
    """The config.yml of the folders above a file's own, the nearest first."""
    if upto is None:
        return []
    folder, last = path.resolve().parent, upto.resolve()
    within = [above for above in (folder, *folder.parents) if above == last or last in above.parents]
    return [above / _NAME for above in within if (above / _NAME).is_file() and (above / _NAME) != path.resolve()]


def _place(file: Path, value: str) -> Path:
    return (file.parent / Path(value).expanduser()) if value else file.parent


def _tree(path: Path) -> Tree:
    """The names and values of a file, by their indents; ValueError where it is none of the field's."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is larger than 1 MiB")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path}: expected a config.yml: {error}") from error
    root: Tree = {}
    blocks: list[tuple[int, Tree]] = [(-1, root)]
    for number, line in enumerate(lines, start=1):
        bare = _without_comment(line)
        if not bare.strip() or bare.strip() in ("---", "..."):
            continue
        indent = len(bare) - len(bare.lstrip(" "))
        name, colon, value = bare.strip().partition(":")
        if not colon or "\t" in bare[: indent + 1] or (value and not value.startswith(" ")):
            raise ValueError(f"{path}, line {number}: expected NAME: VALUE, got {bare.strip()[:60]!r}")
        while blocks[-1][0] >= indent:
            blocks.pop()
        text = _unquoted(value)
        blocks[-1][1][_unquoted(name)] = text
        if not text:
            block: Tree = {}
            blocks[-1][1][_unquoted(name)] = block
            blocks.append((indent, block))
    return root


def _without_comment(line: str) -> str:
    """What stands before a # that is no part of a quoted text or a word."""
    quote = ""
    for at, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#" and (at == 0 or line[at - 1].isspace()):
            return line[:at].rstrip()
    return line.rstrip()


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"" else text
