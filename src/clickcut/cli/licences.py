"""Terms of others that a user has to accept before anything of theirs is downloaded."""

from __future__ import annotations

import sys


def ask(name: str, licence: str, page: str) -> None:
    """ValueError unless a person at the terminal accepts the licence."""
    terms = f"{name} stands under the licence {licence} of its makers ({page})"
    if not sys.stdin.isatty():
        raise ValueError(f"{terms}; read it and say --accept-licence to download")
    try:
        answer = input(f"{terms}. Do you accept it? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise ValueError(f"{name}: not downloaded, as its licence is not accepted")
