"""From a benchmark and a predictor to results on disk: what the command line and scripts call."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import torch

from clickcut import __version__
from clickcut.evaluate.benchmark import Benchmark, BenchmarkObject, labels_sha256
from clickcut.evaluate.journal import NOT_COMPARED, Journal, join_parts, part_of, parts_of, read_journal
from clickcut.evaluate.origin import Origin
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.reports.csv_file import write_csv
from clickcut.evaluate.reports.markdown import write_markdown
from clickcut.evaluate.reports.plot import write_plot
from clickcut.evaluate.results import Results, write_results
from clickcut.evaluate.runner import OnProgress, run
from clickcut.evaluate.shares import share_of
from clickcut.model.fit import Fitting, Letterbox, LongestSide, Squash
from clickcut.model.network import Network
from clickcut.model.onnx_pair.pair import PairFiles
from clickcut.model.ranks import ALONE, Ranks
from clickcut.model.weights import tensors_sha256
from clickcut.predict.predictor import Predictor

JOURNAL: Final = "journal.jsonl"
RESULTS: Final = "results.json"
CSV: Final = "results.csv"
MARKDOWN: Final = "results.md"
PLOT: Final = "miou.png"

WeightsName: TypeAlias = Path | PairFiles | str
"""What results call the weights by: a weights file, a pair of ONNX files, or a baseline's name."""

_OPTIONAL: Final = {"scikit-image": "skimage", "onnxruntime": "onnxruntime"}
"""What answers for some networks alone, and is loaded when it does."""


def evaluate_benchmark(
    benchmark: Benchmark,
    predictor: Predictor,
    protocol: Protocol,
    *,
    out: Path,
    settings: Mapping[str, Any],
    batch: int = 1,
    ranks: Ranks = ALONE,
    on_progress: OnProgress | None = None,
) -> Results:
    """Measures a predictor on objects that the protocol has taken of a benchmark.

    ``out`` gets the journal, results.json, .csv and .md, and ``miou.png``. ``batch`` objects are measured at a time (see ``run``). Of
    several ranks each measures a share of the objects, and tells of its own alone; all get the results, and must see the same ``out``.
    Interrupted, the next call goes on where it was, be it with another batch or number of ranks. ``settings`` says what the predictor is
    made of, as ``settings_of`` does; the benchmark's name, the fingerprint of its labels and the protocol are added. Where matplotlib is
    missing there is no plot (``plot.can_plot``).
    """
    objects = benchmark.objects
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out}: expected a folder for the results, found a file")
    out.mkdir(parents=True, exist_ok=True)
    stated = {
        "folder": benchmark.name,
        "labels_sha256": labels_sha256(objects),
        "protocol": asdict(protocol),
        **settings,
        "batch": batch,
        "ranks": ranks.size,
    }
    path = part_of(out / JOURNAL, ranks.rank)
    journal = Journal(path, stated, versions(), beside=[part for part in parts_of(out / JOURNAL) if part != path])
    ranks.wait()  # until all have read, so that all know the same: then the objects left are shared out
    left = [one for one in objects if one.key not in journal.done]
    mine = {one.key for one in share_of(left, ranks, keep_photos=batch > 1)}
    with journal:
        own = [one for one in objects if one.key in journal.done or one.key in mine]
        run(own, predictor, protocol, journal=journal, batch=batch, on_progress=on_progress)
    origin = Origin.now(str(predictor.network.device))
    results = replace(_joined(out, journal, stated, objects, ranks), origin=origin)
    if ranks.is_first:
        write_results(out / RESULTS, results)
        write_csv(out / CSV, results)
        write_markdown(out / MARKDOWN, [results])
        write_plot([results], out / PLOT)
    return results


def _joined(out: Path, journal: Journal, stated: Mapping[str, Any], objects: Sequence[BenchmarkObject], ranks: Ranks) -> Results:
    """What all ranks found, of which the first makes one journal when all are through."""
    ranks.wait()
    with ranks.first_goes_first():
        if ranks.is_first:
            join_parts(out / JOURNAL)
        past = read_journal(out / JOURNAL, stated)
    done = {**past.objects, **journal.done}
    missing = sum(one.key not in done for one in objects)
    if missing:
        raise ValueError(f"{out}: {missing} objects are missing that other ranks measured; all machines must see the same folder there")
    return Results(stated, past.told_versions, tuple(done[one.key] for one in objects))


def settings_of(predictor: Predictor, weights: WeightsName) -> dict[str, Any]:
    """What decides a predictor's answers, as JSON values: the weights by file name and fingerprint, and all options.

    ``weights`` is a file, of which the fingerprint is that of its tensors, a pair of ONNX files, or the plain name of a baseline, which has
    none. No path stands in it, only names.
    """
    fitting = predictor.fitting or predictor.network.fitting
    return {
        "weights": {"file": weights if isinstance(weights, str) else weights.name, "sha256": _sha256_of(weights)},
        "size": _size_of(fitting),
        "fitting": repr(fitting),
        "flip": predictor.flip,
        "zoom": None if predictor.zoom is None else asdict(predictor.zoom),
        "cascade": asdict(predictor.cascade),
        "precision": _precision_of(predictor.network),
        "brs": None if predictor.brs is None else asdict(predictor.brs),
        "threshold": predictor.threshold,
        "device": predictor.network.device.type,
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
        **{name: sys.modules[module].__version__ for name, module in _OPTIONAL.items() if module in sys.modules},
    }


def _sha256_of(weights: WeightsName) -> str | None:
    match weights:
        case Path():
            return tensors_sha256(weights)
        case PairFiles():
            return weights.sha256
    return None


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
