"""How much faster objects are measured in a batch than one at a time, without zoom-in, so that all objects of a photo share an encode.

    python -m benchmarks.batched FOLDER [--objects N] [--batch B] [--max-clicks K] [--weights FILE] [--device D] [--threads T] [--json]

FOLDER is a labelled folder whose photos have several objects. One at a time, nothing is shared between objects. Both run in one process,
one after the other, each once for a photo beforehand; seconds are of the whole work, reading and simulated clicks included.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from clickcut.evaluate.benchmark import BenchmarkObject, benchmark_objects
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult
from clickcut.evaluate.runner import measured
from clickcut.model.machine import use_machine
from clickcut.predict.opening import open_predictor
from clickcut.predict.predictor import Predictor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=40, help="the first so many of the folder")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--max-clicks", type=int, default=20)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    use_machine(given.device, given.threads)
    protocol = Protocol(max_clicks=given.max_clicks, limit=given.objects)
    figures = compared(
        benchmark_objects(given.folder, protocol), open_predictor(given.weights, given.device, zoom=False), protocol, given.batch
    )
    if given.json:
        print(json.dumps({**figures, "batch": given.batch, "threads": given.threads, "device": given.device}))
        return
    print(f"{figures['objects']} objects of {figures['photos']} photos, on {given.device} with {given.threads} threads")
    print(f"one at a time: {figures['alone']:.1f} s, {figures['encodes_alone']} encodes")
    print(
        f"{given.batch} at a time: {figures['together']:.1f} s, {figures['encodes_together']} encodes: {figures['ratio']:.2f} times as fast"
    )
    print(f"clicked alike: {figures['alike']:.1%}")


def compared(objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol, batch: int) -> dict[str, float]:
    """Seconds and encodes of both ways, and the share of objects with equal clicks."""
    _timed(objects[:1], predictor, protocol, 1)  # loading, thread pools and first allocations count for neither
    alone, results_alone = _timed(objects, predictor, protocol, 1)
    together, results_together = _timed(objects, predictor, protocol, batch)
    return {
        "ratio": alone / together,
        "alone": alone,
        "together": together,
        "objects": len(objects),
        "photos": len({one.photo for one in objects}),
        "encodes_alone": sum(one.encodes for one in results_alone.values()),
        "encodes_together": sum(one.encodes for one in results_together.values()),
        "alike": sum(one.clicks == results_together[key].clicks for key, one in results_alone.items()) / len(objects),
    }


def _timed(
    objects: Sequence[BenchmarkObject], predictor: Predictor, protocol: Protocol, batch: int
) -> tuple[float, dict[tuple[str, int], ObjectResult]]:
    began = time.perf_counter()
    results = {result.key: result for result in measured(objects, predictor, protocol, batch=batch, shared=batch > 1)}
    return time.perf_counter() - began, results


if __name__ == "__main__":
    main()
