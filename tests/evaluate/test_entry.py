from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import pytest

from clickcut import __version__
from clickcut.evaluate.baselines.known import open_baseline
from clickcut.evaluate.benchmark import Benchmark
from clickcut.evaluate.entry import CSV, JOURNAL, MARKDOWN, PLOT, RESULTS, evaluate_benchmark, settings_of
from clickcut.evaluate.protocol import Protocol
from clickcut.evaluate.results import ObjectResult, Results, read_results
from clickcut.evaluate.runner import Progress
from clickcut.model.fit import Squash
from clickcut.model.ranks import Ranks
from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom
from tests.evaluate.fakes import DiskNetwork, labelled_folder

PROTOCOL = Protocol(max_clicks=5, target=0.9)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "sets" / "shapes")


@pytest.fixture(autouse=True)
def _without_plots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes longer than all else here."""
    if "plot" not in request.node.name:
        monkeypatch.setattr("clickcut.evaluate.reports.plot.can_plot", lambda: False)


def _evaluate(folder: Path, out: Path, network: DiskNetwork | None = None, protocol: Protocol = PROTOCOL, *, batch: int = 1) -> Results:
    predictor = Predictor(network or DiskNetwork())
    return evaluate_benchmark(
        Benchmark.at(folder, protocol), predictor, protocol, out=out, settings=settings_of(predictor, "disks"), batch=batch
    )


class LonelyRanks(Ranks):
    """Two ranks, of which the other never writes where this one looks."""

    def mean(self, value: float) -> float:
        return value


def _answers(results: Results) -> list[tuple[object, ...]]:
    return [(one.key, one.clicks, one.ious) for one in results.objects]


def test_results_have_the_documented_form(folder: Path, tmp_path: Path) -> None:
    _evaluate(folder, tmp_path / "new" / "out")

    value = json.loads((tmp_path / "new" / "out" / RESULTS).read_text())

    assert list(value) == ["settings", "versions", "origin", "summary", "objects"]
    assert list(value["origin"]) == ["command", "machine", "date"]
    assert [(one["image"], one["object"]) for one in value["objects"]][:3] == [("a.png", 1), ("a.png", 7), ("b.png", 1)]
    first = value["objects"][0]
    assert list(first) == ["image", "object", "clicks", "iou", "biou", "encodes", "passes", "seconds"]
    assert first["clicks"][0] == [11, 11, True]  # the first of a 16 x 16 square's four deepest pixels
    assert len(first["iou"]) == len(first["biou"]) == len(first["clicks"])
    assert {"clickcut", "torch", "numpy", "opencv"} <= value["versions"].keys()


def test_a_plot_lies_beside_the_results(folder: Path, tmp_path: Path) -> None:
    _evaluate(folder, tmp_path / "out", protocol=Protocol(max_clicks=2, limit=1))

    assert (tmp_path / "out" / PLOT).read_bytes().startswith(b"\x89PNG")


def test_results_name_no_path(folder: Path, tmp_path: Path) -> None:
    _evaluate(folder, tmp_path / "out")

    text = "".join(path.read_text() for path in (tmp_path / "out").iterdir())

    assert '"folder": "shapes"' in text
    assert str(tmp_path) not in text


def test_results_are_read_back_as_they_were(folder: Path, tmp_path: Path) -> None:
    results = _evaluate(folder, tmp_path / "out")

    again = read_results(tmp_path / "out" / RESULTS)

    assert _answers(again) == _answers(results)
    assert again.protocol == PROTOCOL


def test_settings_hold_all_that_decides_an_answer(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    weights.write_bytes((2).to_bytes(8, "little") + b"{}" + b"weights")
    predictor = Predictor(DiskNetwork(), Zoom(), Cascade(4, adaptive=True), flip=True, threshold=0.4, fitting=Squash((448, 448)))

    settings = settings_of(predictor, weights)

    assert settings["weights"] == {"file": "w.safetensors", "sha256": hashlib.sha256(b"weights").hexdigest()}
    assert settings["size"] == 448
    assert settings["flip"] is True
    assert settings["zoom"]["min_side"] == 200
    assert settings["cascade"] == {"steps": 4, "adaptive": True, "clicks": 1}
    assert settings["threshold"] == 0.4
    assert settings["brs"] is None
    assert json.loads(json.dumps(settings)) == settings


def test_a_journal_from_before_refinement_was_known_goes_on(folder: Path, tmp_path: Path) -> None:
    predictor = Predictor(DiskNetwork())
    settings = settings_of(predictor, "disks")
    old = {name: value for name, value in settings.items() if name != "brs"}
    first = evaluate_benchmark(Benchmark.at(folder, PROTOCOL), predictor, PROTOCOL, out=tmp_path / "out", settings=old)

    again = evaluate_benchmark(Benchmark.at(folder, PROTOCOL), predictor, PROTOCOL, out=tmp_path / "out", settings=settings)

    assert _answers(again) == _answers(first)


def test_a_table_and_a_row_for_every_click_lie_beside_the_results(folder: Path, tmp_path: Path) -> None:
    results = _evaluate(folder, tmp_path / "out")

    assert (tmp_path / "out" / MARKDOWN).read_text().count("\n| disks |") == 1
    assert (tmp_path / "out" / CSV).read_text().count("\n") == 1 + sum(len(one.clicks) for one in results.objects)


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "docs" / "results").rglob(RESULTS)), ids=lambda path: path.parent.name)
def test_published_results_can_be_read(path: Path) -> None:
    assert read_results(path).summary


@pytest.mark.parametrize("cut", [0, 1, 25])  # bytes that the last line of the journal lost when the program was killed
def test_an_interrupted_run_goes_on_where_it_was(folder: Path, tmp_path: Path, cut: int) -> None:
    at_once = DiskNetwork()
    expected = _evaluate(folder, tmp_path / "at_once", at_once)
    passes = [one.passes for one in expected.objects]
    with pytest.raises(KeyboardInterrupt):
        _evaluate(folder, tmp_path / "out", DiskNetwork(interrupted_at=sum(passes[:3]) + 2))  # within the fourth object
    journal = tmp_path / "out" / JOURNAL
    journal.write_bytes(journal.read_bytes()[: -cut or None])
    assert not (tmp_path / "out" / RESULTS).exists()
    network, reports = DiskNetwork(), list[Progress]()
    predictor = Predictor(network)

    results = evaluate_benchmark(
        Benchmark.at(folder, PROTOCOL),
        predictor,
        PROTOCOL,
        out=tmp_path / "out",
        settings=settings_of(predictor, "disks"),
        on_progress=reports.append,
    )

    num_kept = 3 if cut == 0 else 2
    assert _answers(results) == _answers(expected)
    assert network.num_decodes == sum(passes[num_kept:])
    assert [(report.done, report.total) for report in reports] == [(done, 5) for done in range(num_kept, 6)]
    assert reports[0].last is None
    assert reports[-1].last == results.objects[-1]
    assert all(line.endswith("}") for line in journal.read_text().splitlines())


def test_a_run_that_was_killed_before_its_first_line_was_whole_begins_anew(folder: Path, tmp_path: Path) -> None:
    expected = _evaluate(folder, tmp_path / "at_once")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / JOURNAL).write_text('{"settings": {"fold')

    assert _answers(_evaluate(folder, tmp_path / "out")) == _answers(expected)


def test_a_finished_run_costs_nothing_again(folder: Path, tmp_path: Path) -> None:
    expected, network = _evaluate(folder, tmp_path / "out"), DiskNetwork()

    again = _evaluate(folder, tmp_path / "out", network)

    assert network.num_decodes == 0
    assert _answers(again) == _answers(expected)


def test_a_journal_with_other_settings_is_refused_and_what_differs_is_named(folder: Path, tmp_path: Path) -> None:
    _evaluate(folder, tmp_path / "out")
    before = (tmp_path / "out" / JOURNAL).read_bytes()

    with pytest.raises(ValueError, match=r"other settings \(protocol.max_clicks was 5, now 6\)"):
        _evaluate(folder, tmp_path / "out", protocol=Protocol(max_clicks=6, target=0.9))

    assert (tmp_path / "out" / JOURNAL).read_bytes() == before


def test_another_number_of_threads_does_not_stop_a_run_from_going_on(folder: Path, tmp_path: Path) -> None:
    predictor = Predictor(DiskNetwork())
    settings = settings_of(predictor, "disks")
    first = evaluate_benchmark(Benchmark.at(folder, PROTOCOL), predictor, PROTOCOL, out=tmp_path / "out", settings=settings)

    again = evaluate_benchmark(
        Benchmark.at(folder, PROTOCOL), predictor, PROTOCOL, out=tmp_path / "out", settings={**settings, "threads": 64}
    )

    assert _answers(again) == _answers(first)


def test_a_batch_finds_what_one_object_at_a_time_finds_and_says_what_it_was(folder: Path, tmp_path: Path) -> None:
    alone = _evaluate(folder, tmp_path / "alone")

    together = _evaluate(folder, tmp_path / "together", batch=3)

    assert _answers(together) == _answers(alone)
    assert (alone.settings["batch"], together.settings["batch"]) == (1, 3)
    assert [one.encodes for one in alone.objects] == [1] * 5
    assert sum(one.encodes for one in together.objects) == 3  # photos


def test_a_batch_goes_on_where_one_object_at_a_time_was_interrupted(folder: Path, tmp_path: Path) -> None:
    expected = _evaluate(folder, tmp_path / "at_once")
    with pytest.raises(KeyboardInterrupt):
        _evaluate(folder, tmp_path / "out", DiskNetwork(interrupted_at=sum(one.passes for one in expected.objects[:2]) + 1))
    with pytest.raises(KeyboardInterrupt):
        _evaluate(folder, tmp_path / "out", DiskNetwork(interrupted_at=4), batch=2)
    network = DiskNetwork()

    results = _evaluate(folder, tmp_path / "out", network, batch=8)

    assert _answers(results) == _answers(expected)
    assert network.num_encodes <= 2  # the first photo was through


def test_parts_that_other_ranks_left_are_gone_on_from_and_joined(folder: Path, tmp_path: Path) -> None:
    expected = _evaluate(folder, tmp_path / "at_once")
    out = tmp_path / "out"
    out.mkdir()
    start, *lines = (tmp_path / "at_once" / JOURNAL).read_bytes().splitlines(keepends=True)
    (out / "journal.jsonl").write_bytes(start + lines[2])
    (out / "journal-1.jsonl").write_bytes(start + lines[0] + lines[4])
    (out / "journal-11.jsonl").write_bytes(start + lines[1] + lines[3][:20])  # killed while it wrote
    (out / "journal-old.jsonl").write_text("not ours")
    network = DiskNetwork()

    results = _evaluate(folder, out, network)

    assert _answers(results) == _answers(expected)
    assert network.num_decodes == expected.objects[3].passes
    assert sorted(path.name for path in out.iterdir()) == ["journal-old.jsonl", "journal.jsonl", CSV, RESULTS, MARKDOWN]
    assert _answers(_evaluate(folder, out, DiskNetwork(interrupted_at=1))) == _answers(expected)


def test_a_part_with_other_settings_is_refused(folder: Path, tmp_path: Path) -> None:
    _evaluate(folder, tmp_path / "out", protocol=Protocol(max_clicks=2))
    (tmp_path / "out" / JOURNAL).rename(tmp_path / "out" / "journal-1.jsonl")

    with pytest.raises(ValueError, match=r"journal-1\.jsonl belongs to an evaluation with other settings"):
        _evaluate(folder, tmp_path / "out")


def test_results_that_another_rank_wrote_elsewhere_are_missed(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 objects are missing that other ranks measured"):
        evaluate_benchmark(
            Benchmark.at(folder, PROTOCOL),
            Predictor(DiskNetwork()),
            PROTOCOL,
            out=tmp_path / "out",
            settings={"weights": {"file": "disks"}},
            ranks=LonelyRanks(0, 2),
        )


def test_versions_of_both_runs_are_told_where_they_differ(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _evaluate(folder, tmp_path / "out")
    monkeypatch.setattr("clickcut.evaluate.entry.versions", lambda: {"clickcut": "9.9"})

    results = _evaluate(folder, tmp_path / "out")

    assert results.versions["clickcut"] == f"{__version__}, then 9.9"


@pytest.mark.parametrize("damage", ['{"image": "a.png"}\n', "hello\n", "[]\n", '{"settings": 3}\n'])
def test_a_file_that_is_no_journal_is_refused(folder: Path, tmp_path: Path, damage: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / JOURNAL).write_text(damage)

    with pytest.raises(ValueError, match="line 1: not a line of an evaluation's journal"):
        _evaluate(folder, tmp_path / "out")


def test_a_file_in_place_of_the_folder_for_results_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")

    with pytest.raises(ValueError, match="found a file"):
        _evaluate(folder, tmp_path / "out")


def test_an_iou_that_is_nan_is_null_in_json_and_comes_back() -> None:
    result = ObjectResult("a.png", 1, (), (), 0, 0, 0.0)
    value = {**result.to_json(), "clicks": [[0, 0, False]], "iou": [None]}

    again = ObjectResult.from_json(value)

    assert math.isnan(again.ious[0])
    assert again.to_json() == value


def test_the_baseline_runs_as_any_predictor_does(folder: Path, tmp_path: Path) -> None:
    predictor = open_baseline("opencv-grabcut")

    results = evaluate_benchmark(
        Benchmark.at(folder, Protocol(max_clicks=3, limit=2)),
        predictor,
        Protocol(max_clicks=3, limit=2),
        out=tmp_path / "out",
        settings=settings_of(predictor, "opencv-grabcut"),
    )

    assert results.name == "opencv-grabcut"
    assert results.settings["size"] is None
    assert all(max(one.ious) > 0.9 for one in results.objects)
