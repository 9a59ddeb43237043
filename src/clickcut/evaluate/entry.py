"""From a folder and a predictor to results on disk: what the command line and scripts call."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch

from clickcut import __version__
from clickcut.evaluate.benchmark import Benchmark, benchmark_objects, labels_sha256
from clickcut.evaluate.journal import NOT_COMPARED, Journal
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.report import write_plot
from clickcut.evaluate.results import Results, write_results
from clickcut.evaluate.runner import OnProgress, run
from clickcut.model.fit import Fitting, Letterbox, LongestSide, Squash
from clickcut.model.network import Network
from clickcut.model.weights import tensors_sha256
from clickcut.predict.predictor import Predictor

JOURNAL: Final = "journal.jsonl"
RESULTS: Final = "results.json"
PLOT: Final = "miou.png"


def evaluate_folder(
    folder: Path,
    predictor: Predictor,
    protocol: Protocol,
    *,
    out: Path,
    settings: Mapping[str, Any],
    on_progress: OnProgress | None = None,
) -> Results:
    """``evaluate_benchmark`` for the objects that the protocol takes of a labelled folder."""
    benchmark = Benchmark(folder.resolve().name, benchmark_objects(folder, protocol))
    return evaluate_benchmark(benchmark, predictor, protocol, out=out, settings=settings, on_progress=on_progress)


def evaluate_benchmark(
    benchmark: Benchmark,
    predictor: Predictor,
    protocol: Protocol,
    *,
    out: Path,
    settings: Mapping[str, Any],
    on_progress: OnProgress | None = None,
) -> Results:
    """Measures a predictor on objects that the protocol has taken of a benchmark.

    ``out`` gets ``journal.jsonl``, ``results.json`` and ``miou.png``. Interrupted, the next call goes on where it was. ``settings`` says
    what the predictor is made of, as ``settings_of`` does; the benchmark's name, the fingerprint of its labels and the protocol are added.
    Where matplotlib is missing there is no plot (``report.can_plot``).
    """
    objects = benchmark.objects
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: expected a folder for the results, found a file")
    out.mkdir(parents=True, exist_ok=True)
    stated = {"folder": benchmark.name, "labels_sha256": labels_sha256(objects), "protocol": asdict(protocol), **settings}
    journal = Journal(out / JOURNAL, stated, versions())
    with journal:
        measured = run(objects, predictor, protocol, journal=journal, on_progress=on_progress)
    results = Results(stated, journal.versions, measured)
    write_results(out / RESULTS, results)
    write_plot([results], out / PLOT)
    return results


def settings_of(predictor: Predictor, weights: Path | str) -> dict[str, Any]:
    """What decides a predictor's answers, as JSON values: the weights by file name and fingerprint, and all options.

    ``weights`` is a file, of which the fingerprint is that of its tensors, or the plain name of a baseline, which has none. No path
    stands in it, only names.
    """
    fitting = predictor.fitting or predictor.network.fitting
    return {
        "weights": {"file": weights, "sha256": None}
        if isinstance(weights, str)
        else {"file": weights.name, "sha256": tensors_sha256(weights)},
        "size": _size_of(fitting),
        "fitting": repr(fitting),
        "flip": predictor.flip,
        "zoom": None if predictor.zoom is None else asdict(predictor.zoom),
        "cascade": asdict(predictor.cascade),
        "precision": _precision_of(predictor.network),
        "brs": None if predictor.brs is None else asdict(predictor.brs),
        "threshold": predictor.threshold,
        "device": str(predictor.network.device),
        "threads": torch.get_num_threads(),
    }


def default_name(settings: Mapping[str, Any], protocol: Protocol) -> str:
    """A folder's name for the results of just these settings: the weights' name and a fingerprint of everything else that counts."""
    compared = {name: value for name, value in settings.items() if name not in NOT_COMPARED}
    text = json.dumps([compared, asdict(protocol)], sort_keys=True)
    return f"{Path(settings['weights']['file']).stem}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def versions() -> dict[str, str]:
    """Of what else decides an answer to the last bit."""
    return {
        "clickcut": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _precision_of(network: Network) -> str | None:
    """What floats a network computes in; None for float32 and for what is no network of torch."""
    dtype = getattr(network, "dtype", torch.float32)
    return None if dtype == torch.float32 else str(dtype).removeprefix("torch.")


def _size_of(fitting: Fitting) -> int | list[int] | None:
    """The side, or (height, width), of the network's input; None where it takes any."""
    match fitting:
        case Letterbox(side=side) | LongestSide(side=side):
            return side
        case Squash(input_hw=hw):
            return hw[0] if hw[0] == hw[1] else list(hw)
        case _:
            return None
