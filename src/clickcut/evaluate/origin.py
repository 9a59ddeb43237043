"""Where a measurement comes from: the command, the machine and the day, so that a figure on a page can be traced and made again."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from typing import Any, Final

import torch

NOT_RECORDED: Final = "not recorded"
"""What reports say of results that were written before there was an origin."""

_OWN_NAMES: Final = frozenset({"clickcut", "clickcut.exe", "__main__.py"})


@dataclass(frozen=True, slots=True)
class Machine:
    """What computed: the CPU's model, its logical cores, how many threads were used, and the GPU's model where one was."""

    cpu: str
    cores: int
    threads: int
    gpu: str | None = None

    @classmethod
    def here(cls, device: str = "cpu") -> Machine:
        """This machine, as a network on ``device`` uses it."""
        gpu = torch.cuda.get_device_name(device) if device.startswith("cuda") and torch.cuda.is_available() else None
        return cls(_cpu_model(), os.cpu_count() or 1, torch.get_num_threads(), gpu)

    def __str__(self) -> str:
        return f"{f'{self.gpu}, ' if self.gpu else ''}{self.cpu}, {self.cores} cores, {self.threads} threads"


@dataclass(frozen=True, slots=True)
class Origin:
    """The command, the machine and the day (UTC, ``2026-01-31``) of the run that ended a measurement."""

    command: str
    machine: Machine
    date: str

    @classmethod
    def now(cls, device: str = "cpu") -> Origin:
        """That of this process."""
        return cls(command_line(sys.argv), Machine.here(device), datetime.now(UTC).date().isoformat())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Origin:
        """The inverse of ``to_json``; KeyError, TypeError or ValueError where something else was given."""
        machine = value["machine"]
        gpu = machine.get("gpu")
        known = Machine(str(machine["cpu"]), int(machine["cores"]), int(machine["threads"]), None if gpu is None else str(gpu))
        return cls(str(value["command"]), known, str(value["date"]))


def command_line(arguments: Sequence[str]) -> str:
    """A command as a person would type it, the program's name first; of absolute paths only the names, for results name no folder."""
    program, *rest = (Path(arguments[0]).name if arguments else "", *arguments[1:])
    return shlex.join(["clickcut" if program in _OWN_NAMES else program or "python", *map(_without_folders, rest)])


def _without_folders(argument: str) -> str:
    option, equals, value = argument.partition("=")
    if argument.startswith("-") and equals:
        return f"{option}={_without_folders(value)}"
    absolute = Path(argument).is_absolute() or PureWindowsPath(argument).is_absolute()
    return Path(argument.replace("\\", "/")).name or argument if absolute else argument


def _cpu_model() -> str:
    """As the system calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # only Linux has it
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(filter(None, named), "") or platform.processor() or platform.machine() or "unknown"
