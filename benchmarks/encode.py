"""How long our encoder takes beside ONNX Runtime for the same graph, on this machine.

    python -m benchmarks.encode [--json] [--threads N] [--repeats R]

Both run in one process with the same number of threads and in turn; figures are medians. Weights are random, for they change no time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.timing import medians
from clickcut.model.config import SamConfig
from clickcut.model.late import SamLineage
from clickcut.model.memory import keep_freed_memory

PAUSE = 0.1
"""Seconds before every run, in which the other library's waiting threads fall asleep."""


class Encoder(nn.Module):
    """A network's encode as a module, which is what can be exported."""

    def __init__(self, network: SamLineage) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels_B3HW: Tensor) -> Tensor:
        return self.network.encode(pixels_B3HW)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    kept = keep_freed_memory()
    ours, theirs = medians(*encoders(given.threads), repeats=given.repeats, pause=PAUSE)
    figures = {"ratio": ours / theirs, "clickcut": ours, "onnxruntime": theirs, "threads": given.threads, "kept_freed_memory": kept}
    if given.json:
        print(json.dumps(figures))
    else:
        print(f"we take {ours:.3f} s, ONNX Runtime {theirs:.3f} s: {ours / theirs:.2f} times as long, on {given.threads} threads")


def encoders(threads: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Our encode and ONNX Runtime's of the same picture, after a look that both see the same in it."""
    encoder = Encoder(SamLineage(SamConfig()).eval())
    side = encoder.network.config.input_side
    pixels = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    session = exported(encoder, pixels, threads)
    name = session.get_inputs()[0].name

    def ours() -> Tensor:
        with torch.inference_mode():
            return encoder.network.encode(pixels)[0]

    def theirs() -> Tensor:
        return torch.from_numpy(session.run(None, {name: pixels.numpy()})[0])

    torch.testing.assert_close(ours(), theirs(), rtol=1e-3, atol=1e-3)
    return ours, theirs


def exported(encoder: Encoder, pixels: Tensor, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.onnx"
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        # The exporter tells of its own deprecations; and it takes attention apart, so tracing must see the layout of those parts.
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), sdpa_kernel(SDPBackend.MATH):
            warnings.simplefilter("ignore")
            torch.onnx.export(encoder, (pixels,), path, dynamo=True, external_data=False)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
