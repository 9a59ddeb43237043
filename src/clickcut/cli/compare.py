"""``clickcut evaluate --compare A B``: two runs side by side, with the pictures of what was won and lost where the photos are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from clickcut.cli.options import PredictorOptions, ProtocolOptions, ReportOptions
from clickcut.cli.progress import progress
from clickcut.cli.results_page import check_place
from clickcut.evaluate.benchmark import benchmark_objects, labels_sha256
from clickcut.evaluate.reopening import reopened
from clickcut.evaluate.reports.comparison import Comparison, compared
from clickcut.evaluate.reports.comparison_page import PairKey, Runs, Shown, shown_pairs, write_comparison_page
from clickcut.evaluate.reports.comparison_text import comparison_text
from clickcut.evaluate.reports.replay import with_pixels
from clickcut.evaluate.reports.stored_runs import read_run
from clickcut.evaluate.reports.text import cascade_word
from clickcut.evaluate.results import Results
from clickcut.evaluate.start_masks import start_mask_for


def run(reports: ReportOptions, benchmarks: Sequence[str], out: Path | None, protocol: ProtocolOptions, options: PredictorOptions) -> None:
    """Prints the comparison and, with ``html``, writes its page."""
    if benchmarks or out is not None or protocol != ProtocolOptions() or options != PredictorOptions():
        raise ValueError("--compare: measures nothing, so no benchmark, --out or option of a measurement belongs to it")
    if reports.gallery is not None:
        raise ValueError("--gallery: has no effect with --compare; --photos shows what was won and lost")
    if reports.html is not None:
        check_place(reports.html)
    assert reports.compare is not None, "the caller asks for a comparison"
    places = reports.compare
    a, b = (read_run(place) for place in places)
    comparison = compared(a, b, (_name(a, places[0]), _name(b, places[1])))
    shown = _photos(comparison, a, reports.photos) if reports.photos else {}
    print(comparison_text(comparison))
    if reports.html is not None:
        predictors = {folder: (reopened(a[folder].settings), reopened(b[folder].settings)) for folder in {key[0] for key in shown}}
        write_comparison_page(reports.html, comparison, Runs(a, b, predictors), shown)
        print(f"\nwrote {reports.html}")


def _name(run_: Mapping[str, Results], place: Path) -> str:
    """The model of a run, its cascade where it has one, and where it lies: two runs are often of one model."""
    first = next(iter(run_.values()))
    word = cascade_word(first.settings["cascade"])
    return f"{first.name}{'' if word == 'none' else f' {word}'} ({place.parent.name if place.suffix == '.json' else place.name})"


def _photos(comparison: Comparison, run_: Mapping[str, Results], places: Sequence[Path]) -> dict[PairKey, Shown]:
    """The photos of the pairs that are shown, of those sets that lie in one of the places."""
    pairs, shown = shown_pairs(comparison), dict[PairKey, Shown]()
    by_set = {folder: [pair.a.key for pair in pairs if pair.folder == folder] for folder in dict.fromkeys(pair.folder for pair in pairs)}
    found = {folder: _set_folder(folder, places) for folder in by_set}
    if pairs and not any(found.values()):
        raise ValueError(f"--photos: expected the folders of {', '.join(by_set)}, or one that holds them, found none of these")
    with progress("photos") as advance:
        advance(0, len(pairs), "")
        for folder, place in found.items():
            if place is not None:
                _check_labels(place, run_[folder])
                objects = benchmark_objects(place, run_[folder].protocol)
                for one, image, target in with_pixels(objects, by_set[folder]):
                    shown[folder, *one.key] = Shown(image, target, start_mask_for(one, target, run_[folder].protocol))
                    advance(len(shown), len(pairs), "")
    return shown


def _set_folder(name: str, places: Sequence[Path]) -> Path | None:
    """The folder of a set: a place of its name, or one of its name in a place."""
    candidates = [path for place in places for path in ((place,) if place.resolve().name == name else (place / name,))]
    return next((path for path in candidates if path.is_dir()), None)


def _check_labels(place: Path, results: Results) -> None:
    """Other label maps than those that were measured would show other errors."""
    measured = results.settings.get("labels_sha256")
    if measured is not None and labels_sha256(benchmark_objects(place, results.protocol)) != measured:
        raise ValueError(f"--photos: {place} holds other label maps than those that were measured")
