from __future__ import annotations

import re

import pytest

from clickcut.evaluate.origin import Machine, Origin, command_line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["/opt/bin/clickcut", "evaluate", "sets/GrabCut"], "clickcut evaluate sets/GrabCut"),  # relative paths stay
        (["/lib/clickcut/__main__.py", "evaluate", "/home/me/sets/GrabCut/"], "clickcut evaluate GrabCut"),
        (["measure.py", "--weights=/home/me/w.pth"], "measure.py --weights=w.pth"),
        (["clickcut", "evaluate", "C:\\me\\sets"], "clickcut evaluate sets"),
        (["clickcut", "evaluate", "my set", "--every", "2"], "clickcut evaluate 'my set' --every 2"),
        (["clickcut", "evaluate", "/"], "clickcut evaluate /"),
        ([], "python"),  # a prompt
    ],
)
def test_a_command_names_no_folder_of_its_machine(arguments: list[str], expected: str) -> None:
    assert command_line(arguments) == expected


def test_the_present_origin_names_this_machine_and_a_day() -> None:
    origin = Origin.now()

    assert origin.machine.cpu
    assert origin.machine.cores >= 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", origin.date)


def test_an_origin_is_read_back_as_it_was() -> None:
    origin = Origin("clickcut evaluate x", Machine("a CPU", 4, 2, "a GPU"), "2026-01-31")

    assert Origin.from_json(origin.to_json()) == origin
    assert str(origin.machine) == "a GPU, a CPU, 4 cores, 2 threads"
