"""What ``evaluate`` is to measure: paths and known sets' names, opened and listed before anything is measured."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from clickcut.cli.options import SetOptions
from clickcut.cli.progress import progress
from clickcut.data.fetching.catalogue import data_root
from clickcut.data.sets.config_yml import read_config
from clickcut.evaluate.benchmark import Benchmark
from clickcut.evaluate.naming import Places, open_benchmark
from clickcut.evaluate.protocol import Protocol

_QUIET_SECONDS = 3.0


def open_benchmarks(names: Sequence[str], protocol: Protocol, options: SetOptions) -> tuple[Benchmark, ...]:
    """All of them: what cannot be read is told now, not after hours with the first."""
    if not names:
        raise ValueError("expected at least one benchmark: a folder with images/ and masks/, or a known set's name")
    places = _places(options)
    opened = tuple(_open(name, protocol, places) for name in names)
    doubled = [name for name, count in Counter(one.name for one in opened).items() if count > 1]
    if doubled:
        raise ValueError(f"{doubled[0]}: several benchmarks have this name, and so would their results; evaluate them one by one")
    return opened


def _places(options: SetOptions) -> Places:
    if options.root is not None and options.config is not None:
        raise ValueError("--root and --config both say where sets lie: give one of them")
    return Places(options.root or data_root(), None if options.config is None else read_config(options.config, Path.cwd()), options.split)


def _open(name: str, protocol: Protocol, places: Places) -> Benchmark:
    began = time.monotonic()
    with progress(f"{name}, listing its objects") as advance:

        def tell(done: int, total: int) -> None:
            if time.monotonic() - began > _QUIET_SECONDS:
                advance(done, total, "")

        return open_benchmark(name, protocol, places=places, on_listed=tell)
