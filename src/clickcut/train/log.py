"""What a run tells: a line of numbers a step for programs, and the pace from which people get an estimate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Tell = Callable[[str], None]


class MetricsLog:
    """``metrics.jsonl``: appended line by line; on resume, lines beyond the step resumed from are cut off.

    ``values`` are the last ones of each name in the lines that were kept.
    """

    def __init__(self, path: Path, *, from_step: int) -> None:
        kept = [line for line in _whole_lines(path) if json.loads(line).get("step", 0) <= from_step] if from_step else []
        path.write_text("".join(kept))
        self._file = path.open("a")
        self.values: dict[str, Any] = {name: value for line in kept for name, value in json.loads(line).items()}

    def write(self, **values: Any) -> None:
        self._file.write(json.dumps(values) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class Pace:
    """Seconds a step, smoothed, and what is left of a run at that pace."""

    def __init__(self, steps_left: int) -> None:
        self.steps_left = steps_left
        self._last = time.monotonic()
        self.seconds = 0.0

    def step(self) -> float:
        """Counts one step; gives how many seconds it took."""
        now = time.monotonic()
        took, self._last = now - self._last, now
        self.seconds = took if self.seconds == 0 else 0.95 * self.seconds + 0.05 * took
        self.steps_left -= 1
        return took

    @property
    def left(self) -> str:
        minutes, seconds = divmod(int(self.seconds * self.steps_left), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


class Throughput:
    """Images a second, of the loader alone and of the step alone, smoothed: the slower of the two is what holds a run up.

    The loader's is what all workers could draw if no step ever made them wait.
    """

    def __init__(self, workers: int) -> None:
        self.drawers = max(1, workers)
        self._drawing = self._stepping = 0.0

    def step(self, num_images: int, *, drawing: float, stepping: float) -> None:
        """Counts one step: the seconds that drawing its images took in one worker, and those of the step without waiting for them."""
        first = self._drawing == 0
        self._drawing = _smoothed(self._drawing, drawing / num_images, first=first)
        self._stepping = _smoothed(self._stepping, stepping / num_images, first=first)

    @property
    def loader(self) -> float:
        return self.drawers / max(self._drawing, 1e-9)

    @property
    def step_alone(self) -> float:
        return 1 / max(self._stepping, 1e-9)


def _smoothed(value: float, new: float, *, first: bool) -> float:
    return new if first else 0.95 * value + 0.05 * new


def _whole_lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
