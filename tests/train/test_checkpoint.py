"""Checkpoints: everything comes back, and those of other runs are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from clickcut.train.checkpoint import Contents, load_checkpoint, save_checkpoint
from clickcut.train.optimise import AverageWeights

PLAN = json.dumps({"lr": 0.1, "steps": 4})


def contents(*, width: int = 3, seed: int = 0) -> Contents:
    """A linear with its optimiser, and a second one that is never used and so has no state in the optimiser."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.ModuleDict({"used": nn.Linear(width, 2), "unused": nn.Linear(2, 2)})
    parameters = dict(network.named_parameters())
    return Contents(
        parameters,
        AverageWeights(parameters, 0.9),
        torch.optim.AdamW(network.parameters(), lr=0.1),
        torch.amp.GradScaler("cpu", enabled=False),
    )


def train(some: Contents, steps: range) -> None:
    for step in steps:
        some.optimiser.zero_grad()
        loss = ((some.parameters["used.weight"] * (step + 1)).sum() - some.parameters["used.bias"].sum()) ** 2
        loss.backward()  # type: ignore[no-untyped-call]
        some.optimiser.step()
        some.average.update(some.parameters, step)


def assert_equal(some: Contents, other: Contents) -> None:
    for name, parameter in some.parameters.items():
        assert torch.equal(parameter, other.parameters[name])
        assert torch.equal(some.average.values[name], other.average.values[name])
        state, other_state = some.optimiser.state.get(parameter, {}), other.optimiser.state.get(other.parameters[name], {})
        assert state.keys() == other_state.keys()
        assert all(torch.equal(value, other_state[key]) for key, value in state.items())


def test_weights_average_optimiser_and_step_come_back_bit_for_bit(tmp_path: Path) -> None:
    saved, loaded = contents(), contents(seed=1)
    train(saved, range(3))
    save_checkpoint(tmp_path / "c", saved, step=3, plan=PLAN)

    step = load_checkpoint(tmp_path / "c", loaded, plan=PLAN)

    assert step == 3
    assert_equal(saved, loaded)


def test_training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole, first, second = contents(), contents(), contents(seed=1)
    train(whole, range(5))
    train(first, range(2))
    save_checkpoint(tmp_path / "c", first, step=2, plan=PLAN)

    step = load_checkpoint(tmp_path / "c", second, plan=PLAN)
    train(second, range(step, 5))

    assert_equal(whole, second)


def test_loading_keeps_the_parameters_themselves(tmp_path: Path) -> None:
    some = contents()
    save_checkpoint(tmp_path / "c", some, step=1, plan=PLAN)
    before = [id(parameter) for parameter in some.parameters.values()]

    load_checkpoint(tmp_path / "c", some, plan=PLAN)

    assert [id(parameter) for parameter in some.parameters.values()] == before


def test_a_checkpoint_of_other_settings_is_refused_and_they_are_named(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", contents(), step=1, plan=PLAN)

    with pytest.raises(ValueError, match=r"other settings \(lr\)"):
        load_checkpoint(tmp_path / "c", contents(), plan=json.dumps({"lr": 0.2, "steps": 4}))


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", contents(), step=1, plan=PLAN)

    with pytest.raises(ValueError, match="written by a run of another network"):
        load_checkpoint(tmp_path / "c", contents(width=4), plan=PLAN)


@pytest.mark.parametrize("data", [b"", b"hello, world", b"\x08\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "c").write_bytes(data)

    with pytest.raises(ValueError, match="expected a checkpoint of this program"):
        load_checkpoint(tmp_path / "c", contents(), plan=PLAN)


def test_a_cut_off_checkpoint_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", contents(), step=1, plan=PLAN)
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:-10])

    with pytest.raises(ValueError, match="could not read it"):
        load_checkpoint(tmp_path / "c", contents(), plan=PLAN)


def test_a_weights_file_of_something_else_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2)}, tmp_path / "c")

    with pytest.raises(ValueError, match="other settings"):
        load_checkpoint(tmp_path / "c", contents(), plan=PLAN)


def test_a_failed_write_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path / "c", contents(), step=1, plan=PLAN)
    before = (tmp_path / "c").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(tmp_path / "c", contents(seed=1), step=2, plan=PLAN)

    assert (tmp_path / "c").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
