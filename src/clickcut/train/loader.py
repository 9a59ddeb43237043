"""Batches in the order of steps, drawn ahead of them by worker processes where asked.

Item ``i`` of step ``s`` depends on (seed, s, i) alone. So any number of workers, ranks and micro-batches draws the same joined batch, and a
run goes on at any step without anything to remember.
"""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from clickcut.train.batches import Batch, Seen, Source
from clickcut.train.rollout import Targets

_VIEWS = 1
"""The branch of a step's seeds from which views are drawn; clicks are drawn from children of the step's own generator."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A micro-batch and the seconds that it took to draw, wherever that was."""

    batch: Batch
    seconds: float

    def pin_memory(self) -> Loaded:
        """In memory that a GPU can copy from while it computes; torch's loader asks for it by this name."""
        batch, targets = self.batch, self.batch.targets
        pinned = replace(targets, labels_BSS=targets.labels_BSS.pin_memory(), content_BSS=targets.content_BSS.pin_memory())
        return replace(self, batch=replace(batch, seen=batch.seen.pinned(), targets=pinned))


@dataclass(frozen=True, slots=True)
class Loader:
    """The micro-batches of some steps: for each step one of every part, which says the items' places in the joined batch.

    ``pinned`` for batches that go to a GPU. Worker processes are fresh ones, so the source must be picklable where there are any.
    """

    source: Source
    seed: int
    steps: range
    parts: tuple[range, ...]
    workers: int = 0
    pinned: bool = False

    def __iter__(self) -> Iterator[tuple[Loaded, ...]]:
        """For each step its micro-batches; what a worker finds wrong with the data is raised here."""
        micro_batches = map(_checked, self._ahead() if self.workers else map(self._draws().__getitem__, self._places()))
        for _ in self.steps:
            yield tuple(itertools.islice(micro_batches, len(self.parts)))

    def _ahead(self) -> Iterator[Loaded | Exception]:
        # Forked workers would inherit locks of threads that they do not have (OpenCV's, torch's): they start anew, from a clean process.
        kind = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        atexit.register(_end_workers)
        return iter(
            DataLoader(
                self._draws(),
                batch_size=None,
                sampler=_Places(self),
                num_workers=self.workers,
                collate_fn=_as_it_is,
                pin_memory=self.pinned,
                worker_init_fn=_begin_worker,
                multiprocessing_context=kind,
                generator=torch.Generator(),  # its own, as drawing from the global one would change what dropout draws
            )
        )

    def _draws(self) -> _Draws:
        return _Draws(self.source, self.seed)

    def _places(self) -> Iterator[tuple[int, range]]:
        return itertools.product(self.steps, self.parts)


def drawn(source: Source, seed: int, step: int, items: range) -> Batch:
    """Some items of a step's joined batch."""
    batches = [source.draw(1, np.random.default_rng(np.random.SeedSequence((seed, step), spawn_key=(_VIEWS, item)))) for item in items]
    return joined(batches, first=items.start)


def joined(batches: Sequence[Batch], *, first: int = 0) -> Batch:
    """Batches one behind the other as one, whose first item has the place ``first``."""
    targets = [batch.targets for batch in batches]
    if any(other.click_scale != targets[0].click_scale for other in targets):
        raise ValueError(f"expected items of one scale, got {sorted({other.click_scale for other in targets})}")
    return Batch(
        Seen.joined([batch.seen for batch in batches]),
        Targets(
            torch.cat([other.labels_BSS for other in targets]),
            torch.cat([other.content_BSS for other in targets]),
            targets[0].click_scale,
            clicks=tuple(clicks for other in targets for clicks in other.clicks),
            first=first,
        ),
        tuple(name for batch in batches for name in batch.ids),
        tuple(photo for batch in batches for photo in batch.photos),
    )


@dataclass(frozen=True, slots=True)
class _Draws(Dataset[Loaded | Exception]):
    """Micro-batches by their step and items, as torch's loader wants them; errors are values, to arrive without a worker's traceback."""

    source: Source
    seed: int

    def __getitem__(self, place: tuple[int, range]) -> Loaded | Exception:
        began = time.monotonic()
        try:
            batch = drawn(self.source, self.seed, *place)
        except (ValueError, OSError) as error:
            return error
        return Loaded(batch, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class _Places:
    """Steps and items in the order of drawing, for torch's loader."""

    loader: Loader

    def __iter__(self) -> Iterator[tuple[int, range]]:
        return self.loader._places()

    def __len__(self) -> int:
        return len(self.loader.steps) * len(self.loader.parts)


def _checked(loaded: Loaded | Exception) -> Loaded:
    if isinstance(loaded, Exception):
        raise loaded
    return loaded


def _as_it_is(loaded: Any) -> Any:
    return loaded


def _begin_worker(number: int) -> None:
    """One core a worker; a signal to all processes of a run must not end those that its last step still needs."""
    cv2.setNumThreads(1)
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)


def _end_workers() -> None:
    """Workers of a loader that was left unfinished: at its exit an interpreter asks them to end, which they ignore, and waits forever."""
    for process in multiprocessing.active_children():
        if process.daemon:
            process.kill()
