"""The loop: what it writes and tells, how it stops, and what it does about a loss that is not a number."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from clickcut.model.late import SamLineage
from clickcut.train.batches import Batch, Seen
from clickcut.train.loop import Stopped, Watch, train_network
from clickcut.train.recipe import Recipe
from clickcut.train.rollout import Targets
from tests.model.tiny_sam import tiny_sam
from tests.train.small import SMALL, Told

SIDE = SMALL.supervision_side


class RandomSource:
    """Noise for features, in which a square stands out; calls ``then`` with the number of each step at its first item."""

    def __init__(self, then: Callable[[int], None] = lambda number: None, *, scale: float = 1.0) -> None:
        self.then, self.scale, self.items = then, scale, 0

    @property
    def number(self) -> int:
        """Of the step whose items are drawn."""
        return -(-self.items // SMALL.batch_size)

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch:
        self.items += batch_size
        if self.items % SMALL.batch_size == 1:
            self.then(self.number)
        features = torch.from_numpy(rng.standard_normal((batch_size, 32, 4, 4), np.float32)) * self.scale
        features[:, :16, 1:3, 1:3] += 3
        labels = torch.zeros(batch_size, SIDE, SIDE, dtype=torch.int8)
        labels[:, 8:24, 8:24] = 1
        return Batch(Seen("features", (features,)), Targets(labels, labels >= 0, (2.0, 2.0)), ("x",) * batch_size)


def decoder() -> SamLineage:
    network = tiny_sam()
    network.image_encoder.requires_grad_(False)
    return network


def run(
    out: Path, recipe: Recipe = SMALL, source: RandomSource | None = None, *, watch: Watch | None = None, **options: bool | int
) -> SamLineage:
    network = decoder()
    train_network(network, source or RandomSource(), recipe, out, watch=watch or Watch(None, None, Told()), **options)  # type: ignore[arg-type]
    return network


def asking_to_stop_in(number: int, kind: signal.Signals = signal.SIGTERM) -> RandomSource:
    def then(current: int) -> None:
        if current == number:
            signal.raise_signal(kind)

    return RandomSource(then)


def assert_same_weights(one: SamLineage, other: SamLineage) -> None:
    for (name, tensor), wanted in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(tensor, wanted), name


def metrics(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_training_changes_what_may_change_and_nothing_else(tmp_path: Path) -> None:
    before, after = decoder(), run(tmp_path)

    changed = {
        name.split(".")[0]
        for (name, tensor), start in zip(after.state_dict().items(), before.state_dict().values(), strict=True)
        if not torch.equal(tensor, start)
    }
    assert changed == {"prompt_encoder", "mask_decoder"}


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    fast = replace(SMALL.optimisation, lr=0.01, pull=0.0)
    long = replace(SMALL, steps=40, optimisation=fast, rollout=replace(SMALL.rollout, warmup=(0, 0), graded=(1, 1)))

    run(tmp_path, long)

    losses = [float(str(line["loss"])) for line in metrics(tmp_path)]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_every_step_is_written_down(tmp_path: Path) -> None:
    run(tmp_path)

    lines = metrics(tmp_path)
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert all(line.keys() == {"step", "loss", "gradient", "lr", "passes", "iou", "iou_threshold", "seconds", "waited"} for line in lines)


def test_the_running_iou_of_a_resumed_run_is_that_of_an_unbroken_one(tmp_path: Path) -> None:
    run(tmp_path / "whole")
    with pytest.raises(Stopped):
        run(tmp_path / "cut", source=asking_to_stop_in(3))
    run(tmp_path / "cut", resume=True)

    whole, cut = (
        [(line["iou"], line["iou_threshold"]) for line in map(json.loads, (tmp_path / name / "metrics.jsonl").read_text().splitlines())]
        for name in ("whole", "cut")
    )
    assert len(whole) == SMALL.steps
    assert whole == cut
    assert 0 < whole[-1][0] < 1


def test_the_end_is_told_with_an_estimate(tmp_path: Path) -> None:
    told = Told()

    run(tmp_path, watch=Watch(None, None, told))

    first, last = told.lines
    assert first.startswith("step 1 of 4, loss ")
    assert last.startswith("step 4 of 4, loss ")
    assert last.endswith("0:00:00 left")


def test_the_same_recipe_gives_the_same_weights(tmp_path: Path) -> None:
    assert_same_weights(run(tmp_path / "a"), run(tmp_path / "b"))


def test_a_resumed_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="stopped at step 2 of 4; go on with --resume"):
        run(tmp_path / "cut", source=asking_to_stop_in(2))

    resumed, whole = run(tmp_path / "cut", resume=True), run(tmp_path / "whole")

    assert_same_weights(resumed, whole)
    without_time = [[{**line, "seconds": 0, "waited": 0} for line in metrics(tmp_path / name)] for name in ("cut", "whole")]
    assert without_time[0] == without_time[1]


def test_a_run_that_died_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    def die(number: int) -> None:
        if number == 4:
            raise MemoryError

    with pytest.raises(MemoryError):
        run(tmp_path / "cut", source=RandomSource(die), checkpoint_every=2)
    source = RandomSource()

    resumed = run(tmp_path / "cut", source=source, resume=True)

    assert source.number == 2
    assert_same_weights(resumed, run(tmp_path / "whole"))


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_finishes_the_step_and_writes_a_checkpoint(tmp_path: Path, kind: signal.Signals) -> None:
    with pytest.raises(Stopped):
        run(tmp_path, source=asking_to_stop_in(3, kind))

    assert [line["step"] for line in metrics(tmp_path)] == [1, 2, 3]
    assert (tmp_path / "checkpoint.safetensors").is_file()


def test_a_request_to_stop_in_the_last_step_ends_the_run_as_usual(tmp_path: Path) -> None:
    assert_same_weights(run(tmp_path / "a", source=asking_to_stop_in(4)), run(tmp_path / "b"))


def test_signals_mean_after_a_run_what_they_meant_before(tmp_path: Path) -> None:
    before = [signal.getsignal(kind) for kind in (signal.SIGTERM, signal.SIGINT)]

    with pytest.raises(Stopped):
        run(tmp_path, source=asking_to_stop_in(1))

    assert [signal.getsignal(kind) for kind in (signal.SIGTERM, signal.SIGINT)] == before


def test_resuming_a_finished_run_gives_its_weights_again(tmp_path: Path) -> None:
    source, finished = RandomSource(), run(tmp_path)

    assert_same_weights(run(tmp_path, source=source, resume=True), finished)
    assert source.number == 0


def test_resuming_without_a_checkpoint_begins(tmp_path: Path) -> None:
    assert_same_weights(run(tmp_path / "a", resume=True), run(tmp_path / "b"))


def test_resuming_with_another_recipe_is_refused(tmp_path: Path) -> None:
    run(tmp_path)

    with pytest.raises(ValueError, match=r"other settings \(batch_size\)"):
        run(tmp_path, replace(SMALL, batch_size=3), resume=True)


def test_resuming_from_another_start_is_refused(tmp_path: Path) -> None:
    run(tmp_path)
    other = decoder()
    with torch.no_grad():
        next(other.mask_decoder.parameters()).add_(1.0)

    with pytest.raises(ValueError, match=r"other settings \(start\)"):
        train_network(other, RandomSource(), SMALL, tmp_path, watch=Watch(None, None, Told()), resume=True)


def test_a_loss_that_is_not_a_number_names_the_last_checkpoint_and_leaves_it(tmp_path: Path) -> None:
    source = RandomSource()
    source.then = lambda number: setattr(source, "scale", float("nan") if number == 3 else 1.0)

    with pytest.raises(ValueError, match=rf"the loss became nan at step 3: .* last good checkpoint is {tmp_path}/checkpoint"):
        run(tmp_path, source=source, checkpoint_every=1)

    assert_same_weights(run(tmp_path, resume=True), run(tmp_path / "whole"))


def test_a_gradient_that_is_not_a_number_never_reaches_the_weights(tmp_path: Path) -> None:
    network = decoder()
    weight = network.mask_decoder.mask_tokens.weight
    weight.register_hook(lambda gradient: gradient * float("inf"))  # type: ignore[no-untyped-call]

    with pytest.raises(ValueError, match=r"the gradient became (nan|inf) at step 1"):
        train_network(network, RandomSource(), SMALL, tmp_path, watch=Watch(None, None, Told()))

    assert_same_weights(network, decoder())


def test_a_full_disk_stops_with_the_last_good_checkpoint_named_and_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    def then(number: int) -> None:
        if number == 2:
            monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match=rf"no space left .*; the last good checkpoint is {tmp_path}/checkpoint.*, of step 1"):
        run(tmp_path, source=RandomSource(then), checkpoint_every=1)

    monkeypatch.undo()
    assert_same_weights(run(tmp_path, resume=True), run(tmp_path / "whole"))


def test_what_a_killed_run_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".checkpoint.safetensors.0123abcd.part").write_bytes(b"half")

    run(tmp_path)

    assert not list(tmp_path.glob(".*"))


def test_rates_of_the_loader_and_of_the_step_are_told_apart(tmp_path: Path) -> None:
    told = Told()

    run(tmp_path, watch=Watch(None, None, told))

    assert all(re.search(r"images/s: loader alone [\d.]+, step alone [\d.]+", line) for line in told.lines)


def test_a_loss_that_is_not_a_number_before_any_checkpoint_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no checkpoint yet"):
        run(tmp_path, source=RandomSource(scale=float("nan")))


def test_figures_are_of_the_averaged_weights_and_training_goes_on_with_the_others(tmp_path: Path) -> None:
    network = decoder()
    seen: list[tuple[Tensor, bool]] = []

    def measure() -> dict[str, float]:
        seen.append((network.prompt_encoder.no_mask_embed.weight.detach().clone(), network.training))
        return {"noc85": 2.5}

    told = Told()
    train_network(network, RandomSource(), SMALL, tmp_path, watch=Watch(measure, None, told))

    (weight, training), *others = seen
    assert not others  # at the end alone, as four steps are fewer than between two measurements
    assert torch.equal(weight, network.prompt_encoder.no_mask_embed.weight)  # a run hands out the average
    assert not training
    assert metrics(tmp_path)[-1] == {"step": 4, "validation": {"noc85": 2.5}}
    assert told.lines[-1] == "step 4, held out: noc85 2.500"


def test_measuring_on_the_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickcut.train.loop.VALIDATE_EVERY", 1)
    watch = Watch(lambda: {"x": float(torch.rand(()))}, None, Told())

    assert_same_weights(run(tmp_path / "watched", watch=watch), run(tmp_path / "alone"))


def test_pictures_are_drawn_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickcut.train.loop.PICTURE_EVERY", 2)
    drawn: list[str] = []

    run(tmp_path, watch=Watch(None, lambda path, batch, logits: drawn.append(f"{path.relative_to(tmp_path)} {len(batch.ids)}"), Told()))

    assert drawn == ["samples/000001.jpg 2", "samples/000002.jpg 2", "samples/000004.jpg 2"]


def test_half_precision_on_a_cpu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bf16 needs a GPU, this run is on the CPU"):
        run(tmp_path, replace(SMALL, optimisation=replace(SMALL.optimisation, precision="bf16")))


def test_without_averaging_a_run_hands_out_its_last_weights(tmp_path: Path) -> None:
    recipe = replace(SMALL, optimisation=replace(SMALL.optimisation, average=0.0))
    network = run(tmp_path, recipe)

    saved = load_file(tmp_path / "checkpoint.safetensors")
    assert all(
        torch.equal(parameter, saved[f"weights/{name}"]) for name, parameter in network.named_parameters() if parameter.requires_grad
    )


def test_who_watches_every_step_hears_of_it_in_place_of_lines(tmp_path: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    told = Told()

    run(tmp_path, watch=Watch(None, None, told, advance=lambda *words: heard.append(words)))

    losses = [f"loss {line['loss']:.4f}, IoU {line['iou']:.3f}" for line in metrics(tmp_path)]
    assert heard == [(step, 4, loss) for step, loss in zip((1, 2, 3, 4), losses, strict=True)]
    assert not told.lines


def test_figures_are_taken_as_often_as_asked_and_said_to_be_of_what_they_are(tmp_path: Path) -> None:
    told = Told()

    run(tmp_path, watch=Watch(lambda: {"NoC@90": 2.5}, None, told, measured_on="--val", measure_every=3))

    assert [line["step"] for line in metrics(tmp_path) if "validation" in line] == [3, 4]
    assert "step 3, --val: NoC@90 2.500" in told.lines
