"""Lines of progress: not too many, and with an estimate that knows where this run began."""

from __future__ import annotations

from clickcut.core.progress import Lines, lines_by


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_there_is_a_line_every_ten_seconds_and_one_at_the_end() -> None:
    told, clock = list[str](), Clock()
    advance = Lines("grabcut", told.append, clock)

    for done in range(6):
        clock.now = 4.0 * done
        advance(done, 5, "")

    assert told == ["grabcut: 0 of 5", "grabcut: 3 of 5, 0:00:08 left", "grabcut: 5 of 5"]


def test_what_an_earlier_run_did_does_not_count_for_the_estimate() -> None:
    told, clock = list[str](), Clock()
    advance = Lines("grabcut", told.append, clock)

    advance(90, 100, "")
    clock.now = 30.0
    advance(92, 100, "IoU 0.91")

    assert told[-1] == "grabcut: 92 of 100, 0:02:00 left, IoU 0.91"


def test_an_account_tells_its_lines_to_whom_it_was_given() -> None:
    told = list[str]()

    with lines_by(told.append)("checking") as advance:
        advance(0, 2, "")
        advance(2, 2, "1 broken")

    assert told == ["checking: 0 of 2", "checking: 2 of 2, 1 broken"]


def test_what_starts_over_is_estimated_anew() -> None:
    clock = Clock()
    told: list[str] = []
    advance = Lines("weights.pth", told.append, clock)

    advance(90, 100, "")
    advance(0, 100, "")
    clock.now = 30.0
    advance(50, 100, "")

    assert told[1:] == ["weights.pth: 0 of 100", "weights.pth: 50 of 100, 0:00:30 left"]
