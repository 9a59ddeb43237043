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


def read_config(path: Path, upto: Path | None = None) -> FieldConfig:
    """What a config.yml says, or what counts for a training script of the field or its own .yml.

    A script has ``<script>.yml`` beside it, then the config.yml of its folder and of those above it up to ``upto``, the working directory
    as a rule. The nearer file counts, and in each the script's block below SUBCONFIGS. Folders are as seen from the file that names them.
    """
    is_script = path.name != _NAME
    own = path.with_suffix(".yml") if is_script else path
    files = [*([own] if own.is_file() or not is_script else []), *_above(path, upto)]
    if not files:
        raise ValueError(f"{path}: expected {own.name} beside it or a config.yml above it, found neither")
    places: dict[str, Path] = {}
    for file in reversed(files):
        tree = _tree(file)
        blocks = tree.get(_SUBCONFIGS)
        block = blocks.get(path.stem) if isinstance(blocks, dict) and is_script else None
        for part in (tree, block if isinstance(block, dict) else {}):
            places |= {name: file.parent / Path(value).expanduser() for name, value in part.items() if isinstance(value, str)}
    return FieldConfig(path, places)


def _above(path: Path, upto: Path | None) -> list[Path]:
    """The config.yml of a file's folder and of those above it, the nearest first; its own folder alone where ``upto`` is not above it."""
    folder, last = path.resolve().parent, None if upto is None else upto.resolve()
    within = [
        above for above in (folder, *folder.parents) if above == folder or (last is not None and (above == last or last in above.parents))
    ]
    return [above / _NAME for above in within if (above / _NAME).is_file() and above / _NAME != path.resolve()]


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
