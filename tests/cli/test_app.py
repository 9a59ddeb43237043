"""The command as a whole: help, version, and the module that is the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clickcut import __version__
from clickcut.predict.field_protocol import FIELD_PROTOCOLS
from tests.cli.conftest import Command

COMMANDS = ("predict", "evaluate", "train", "annotate", "demo", "weights", "data")

GROUPED = (("weights", "download"), ("data", "list"), ("data", "download"), ("data", "build", "cocolvis"))


def test_help_lists_the_commands(clickcut: Command) -> None:
    ran = clickcut("--help")

    assert (ran.status, ran.err) == (0, "")
    assert all(f"  {command}: " in ran.out for command in COMMANDS)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            "predict",
            "--click --start-mask --out --overlay --cutout --cascade --adaptive --cascade-clicks --protocol --size "
            "--weights --device --json",
        ),
        (
            "evaluate",
            "--out --cascade --max-clicks --target --protocol --size --no-flip --no-zoom --limit --every --weights --device --threads",
        ),
        (
            "train",
            "--data --out --start --cache --steps --checkpoint-every --resume --workers --accumulate --precision --fsdp --checkpointing "
            "--compile --device --threads",
        ),
        ("demo", "--out"),
    ],
)
def test_a_commands_help_lists_its_options(clickcut: Command, command: str, options: str) -> None:
    ran = clickcut(command, "--help")

    assert ran.status == 0
    assert not [option for option in options.split() if option not in ran.out]


def test_every_protocol_of_the_field_is_offered(clickcut: Command) -> None:
    help_of_protocol = clickcut("predict", "--help").out.partition("--protocol")[2].partition("  --")[0]

    assert all(name in help_of_protocol for name in FIELD_PROTOCOLS)


def test_every_option_says_what_it_does(clickcut: Command) -> None:
    for command in (*((command,) for command in COMMANDS if command not in ("weights", "data")), *GROUPED):
        lines = [line for line in clickcut(*command, "--help").out.splitlines() if line.startswith("  --")]

        assert lines
        assert not [line for line in lines if not line.partition(": ")[2].strip(" []")]


def test_version_is_the_packages(clickcut: Command) -> None:
    assert clickcut("--version").out.strip() == __version__


@pytest.mark.parametrize(("arguments", "status"), [(("--version",), 0), (("nonsense",), 2)])
def test_the_module_is_the_command(arguments: tuple[str, ...], status: int) -> None:
    ran = subprocess.run([sys.executable, "-m", "clickcut", *arguments], capture_output=True, text=True, check=False)

    assert ran.returncode == status
    assert "Traceback" not in ran.stderr
