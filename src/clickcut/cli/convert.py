"""``clickcut convert``: weights files of the field into ours, and ours into theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from clickcut.model.exchange.converting import convert_to_reference, convert_to_weights
from clickcut.model.exchange.opening import DEFAULT_START_SIDE, open_weights
from clickcut.model.precision import PRECISIONS, Precision

_SUFFIXES = {"clickcut": ".safetensors", "reference": ".pth"}


def run(source: Path, out: Path, to: Literal["clickcut", "reference"], precision: Precision | None, size: int | None) -> None:
    """Writes ``out`` and says what was found, what of it was changed or left out, and what was written."""
    _check(source, out, to, precision)
    opened = open_weights(source, start_side=DEFAULT_START_SIDE if size is None else size)
    untrained = opened.header.card.get("untrained")
    if size is not None and not untrained:
        raise ValueError(f"--size: {source} is a {opened.kind}, which has a size of its own; leave it out")
    if to == "reference":
        convert_to_reference(opened, out)
    else:
        convert_to_weights(opened, out, dtype=None if precision is None else PRECISIONS[precision])
    print(f"read {source}, a {opened.kind}: {len(opened.tensors)} tensors")
    for note in opened.header.card.get("notes", ()) if untrained else ():
        print(f"note: {note}")
    print(f"wrote {out} ({out.stat().st_size / 2**20:.1f} MiB)")


def _check(source: Path, out: Path, to: str, precision: Precision | None) -> None:
    """Finds what would fail, or surprise, after the work is done."""
    if out.suffix.lower() != _SUFFIXES[to]:
        other = "leave --to reference out" if to == "reference" else "say --to reference for a .pth that the field's code reads"
        raise ValueError(f"{out}: expected a name that ends in {_SUFFIXES[to]}; or {other}")
    if to == "reference" and precision not in (None, "fp32"):
        raise ValueError(f"--precision {precision}: the field's code holds its weights as float32; leave it out")
    if out.resolve() == source.resolve():
        raise ValueError(f"{out}: is the file to read; give another name")
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent}")
