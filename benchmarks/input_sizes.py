"""What a smaller input saves with the shipped weights: 1024 is clickcut-s, 512 is clickcut-xs.

    python -m benchmarks.input_sizes [--json FILE] [--threads N] [--repeats R]

All run in one process and in turn; figures are medians, and ratios are to 1024.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.timing import medians
from clickcut.core.clicks import Click
from clickcut.model.late import SamLineage
from clickcut.model.machine import use_machine
from clickcut.model.network import ClickBatch
from clickcut.model.weights import load_network, shipped_weights

SIZES = (1024, 768, 512)
CLICKS = ClickBatch.of([(Click(200.0, 200.0, True), Click(300.0, 100.0, False), Click(90.0, 210.0, True))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    use_machine("cpu", given.threads)
    network, _ = load_network(shipped_weights())
    assert isinstance(network, SamLineage)
    works = [work for size in SIZES for work in works_of(network, size)]
    with torch.inference_mode():
        seconds = medians(*works, repeats=given.repeats)
    rows = [{"size": size, "encode": seconds[2 * k], "decode": seconds[2 * k + 1]} for k, size in enumerate(SIZES)]
    for row in rows:
        ratios = ", ".join(f"{name} {row[name]:.3f} s ({row[name] / rows[0][name]:.2f})" for name in ("encode", "decode"))
        print(f"{row['size']}: {ratios}")
    if given.json:
        given.json.write_text(json.dumps({"torch": torch.__version__, "threads": given.threads, "rows": rows}, indent=1) + "\n")


def works_of(network: SamLineage, size: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Encoding one crop, and answering three clicks on it with a previous mask."""
    pixels = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    prev = torch.rand(1, 1, size // 4, size // 4, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        features = network.encode(pixels)
    return lambda: network.encode(pixels), lambda: network.decode(features, prev, CLICKS)


if __name__ == "__main__":
    main()
