"""What the field's networks cost on this machine: memory to load and to click with, seconds to load, for a first and for a further click.

    python -m benchmarks.models [MODEL ...] [--precision fp32] [--format safetensors] [--device cpu] [--threads N] [--json FILE]

Every model is loaded from a file in a process of its own, whose peak of resident memory is read after each stage: imports, a loaded network
of which every weight has been read, a first click, two more. Weights are random, for they change neither time nor memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from clickcut.model.build import outline_network
from clickcut.model.exchange.reference import inference_of, write_container
from clickcut.model.header import Header
from clickcut.model.machine import use_machine
from clickcut.model.precision import PRECISIONS
from clickcut.model.presets import preset
from clickcut.model.weights import load_network, save_tensors
from clickcut.predict.options import predictor_for
from clickcut.predict.session import Session

MODELS = ("vit-xt", "vit-b", "vit-l", "vit-h", "hrnet18s", "hrnet18", "hrnet32", "clickcut-s")
PHOTO_HW = (600, 800)
CLICKS = ((300, 400, True), (100, 200, False), (350, 420, True), (500, 100, False))
_VALUES_A_PAGE = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--precision", choices=list(PRECISIONS), default="fp32", help="what the network computes in; files are fp32")
    parser.add_argument("--format", choices=("safetensors", "pth"), default="safetensors")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument(
        "--load-only", action="store_true", help="make no click: on a CPU without instructions for it, half precision is slow"
    )
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # what a process of its own is asked
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measured(given.measure, given)))
        return
    rows = [measured_apart(model, given) for model in given.models]
    if given.json:
        given.json.write_text(json.dumps({"torch": torch.__version__, "rows": rows}, indent=1) + "\n")


def measured_apart(model: str, given: argparse.Namespace) -> dict[str, Any]:
    """One model's figures, told as they come."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{model}.{given.format}"
        write_random(model, path)
        options = ["--measure", str(path), "--device", given.device, "--precision", given.precision, "--threads", str(given.threads)]
        options += ["--load-only"] if given.load_only else []
        answer = subprocess.run([sys.executable, "-m", "benchmarks.models", *options], check=True, capture_output=True, text=True)
        row = {"model": model, "format": given.format, "file_bytes": path.stat().st_size, **json.loads(answer.stdout)}
    size, loaded = row["file_bytes"], row["loaded_peak"]
    told = f"{model}, {row['precision']} from {given.format} of {size / 2**20:.0f} MiB: loaded in {row['load_seconds']:.1f} s"
    told += f", peak {loaded / 2**20:.0f} MiB ({loaded / size:.2f} of the file)"
    if not given.load_only:
        told += f"; with clicks {row['clicks_peak'] / 2**20:.0f} MiB"
        told += f", first click {row['first_click']:.2f} s, further {row['further_click']:.2f} s"
    print(told, flush=True)
    return row


def write_random(model: str, path: Path) -> None:
    """A weights file of a network whose numbers are small and random."""
    config = preset(model)
    rng = torch.Generator().manual_seed(0)
    tensors = {
        name: torch.empty(tensor.shape, dtype=tensor.dtype).uniform_(0, 0.04, generator=rng)
        if tensor.is_floating_point()
        else torch.zeros(tensor.shape, dtype=tensor.dtype)
        for name, tensor in outline_network(config).state_dict().items()
    }
    inference = {} if model == "clickcut-s" else inference_of(config)
    if path.suffix == ".pth":
        write_container(path, config, tensors)
    else:
        save_tensors(path, tensors, Header(config, {"name": model}, inference), dtype=torch.float32)


def measured(path: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Figures of this process, which has done nothing else."""
    use_machine(given.device, given.threads)
    imports = _peak()
    began = time.perf_counter()
    network, header = load_network(path, given.device, dtype=PRECISIONS[given.precision])
    weights = list(network.state_dict().values())
    read = sum(float(tensor.flatten()[::_VALUES_A_PAGE].sum()) for tensor in weights)  # a value of every page
    assert np.isfinite(read), "the file holds finite numbers"
    load_seconds, loaded = time.perf_counter() - began, _peak()
    figures = {
        "precision": given.precision,
        "device": given.device,
        "threads": given.threads,
        "values": sum(tensor.numel() for tensor in weights),
        "imports_peak": imports,
        "loaded_peak": loaded,
        "load_seconds": load_seconds,
    }
    if given.load_only:
        return figures
    photo = np.random.default_rng(0).integers(0, 256, (*PHOTO_HW, 3), dtype=np.uint8)
    session = Session(predictor_for(network, header.inference), photo)
    first, *further = [_timed(session, click) for click in CLICKS]
    return {**figures, "clicks_peak": _peak(), "first_click": first, "further_click": statistics.median(further)}


def _timed(session: Session, click: tuple[int, int, bool]) -> float:
    began = time.perf_counter()
    session.click(y=click[0], x=click[1], positive=click[2])
    return time.perf_counter() - began


def _peak() -> int:
    """The largest resident memory of this process so far, in bytes, mapped files included (Linux)."""
    # getrusage will not do: there the memory of the process that started this one counts too.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


if __name__ == "__main__":
    main()
