"""``clickcut average``: weights of one network, from several runs, into one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clickcut.model.averaging import average_weights
from clickcut.model.catalogue import find_weights


def run(sources: Sequence[str], out: Path, shares: Sequence[float]) -> None:
    """Writes ``out`` and says what it is made of; without shares every file counts alike."""
    if out.suffix.lower() != ".safetensors":
        raise ValueError(f"{out}: expected a name that ends in .safetensors")
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent}")
    paths = [find_weights(source) for source in sources]
    if out.resolve() in [path.resolve() for path in paths]:
        raise ValueError(f"{out}: is one of the files to read; give another name")
    header = average_weights(paths, shares or [1.0] * len(paths), out)
    for part in header.card["average of"]:
        print(f"{part['share']:.1%} {part['file']}, sha256 {part['sha256'][:16]}")
    print(f"wrote {out} ({out.stat().st_size / 2**20:.1f} MiB)")
