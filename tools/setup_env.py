"""Makes the project's environment: ``python tools/setup_env.py [arguments for pip]``, the same on Linux, macOS and Windows.

Needs nothing but Python and its venv module. A second call costs nothing: a stamp in .venv remembers what was installed.
pip's environment variables are left alone, so a mirror, a proxy or another build of PyTorch is chosen the way pip documents.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINIMUM = (3, 11)
EXTRAS = "dev,demo,train,web"
STAMP = "clickcut-setup.stamp"


def main(pip_arguments: list[str], root: Path = ROOT) -> int:
    """Brings ``root/.venv`` up to date and returns the exit status."""
    trouble = missing(sys.version_info[:2])
    if trouble:
        return _refuse(trouble)
    environment = root / ".venv"
    wanted = fingerprint(root)
    stamp = environment / STAMP
    if not pip_arguments and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and works(environment):
        return 0
    trouble = prepare(environment)
    if trouble:
        return _refuse(trouble)
    stamp.unlink(missing_ok=True)
    print("setup: installing clickcut and its libraries into .venv (PyTorch is large: this takes minutes the first time)", flush=True)
    status = subprocess.call(pip_command(environment, pip_arguments), cwd=root)
    if status != 0:
        return _refuse(f"pip failed with status {status}; its last lines above say why. Nothing is lost: run the same command again.")
    stamp.write_text(wanted, encoding="utf-8")
    print("setup: done")
    return 0


def missing(version: tuple[int, ...]) -> str | None:
    """What this Python lacks, and how to get it; None when nothing is missing."""
    if version < MINIMUM:
        return (
            f"clickcut needs Python {_dotted(MINIMUM)} or newer, this is Python {_dotted(version)} ({sys.executable}). "
            "Name a newer one: make setup PYTHON=python3.12, or python3.12 tools/setup_env.py"
        )
    lacking = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if lacking:
        return (
            f"this Python ({sys.executable}) has no {' and no '.join(lacking)} module, which environments are made with. "
            f"On Debian and Ubuntu: apt install python3-venv (or python{_dotted(version)}-venv). Elsewhere: install a complete Python."
        )
    return None


def fingerprint(root: Path) -> str:
    """Changes when another installation would be wanted: other requirements, or the clone has moved."""
    digest = hashlib.sha256(str(root).encode())
    for name in ("pyproject.toml", "constraints.txt", "tools/setup_env.py"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def venv_python(environment: Path) -> Path:
    """The environment's interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(environment: Path) -> bool:
    """Whether the environment's interpreter still starts and is new enough (its base may have been removed or replaced)."""
    check = f"import sys; sys.exit(sys.version_info[:2] < {MINIMUM})"
    try:
        return subprocess.call([str(venv_python(environment)), "-c", check], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def prepare(environment: Path) -> str | None:
    """Makes the environment unless it is there and works; gives what went wrong, or None."""
    if environment.exists():
        if works(environment):
            return None
        return f"{environment} is not a working environment of Python {_dotted(MINIMUM)} or newer. Remove that folder and run setup again."
    print("setup: making .venv", flush=True)
    status = subprocess.call([sys.executable, "-m", "venv", str(environment)])
    if status != 0:
        shutil.rmtree(environment, ignore_errors=True)
        return f"{sys.executable} -m venv failed with status {status}. On Debian and Ubuntu: apt install python3-venv."
    return None


def pip_command(environment: Path, pip_arguments: list[str]) -> list[str]:
    """The one installation command; ``--no-compile`` halves its time, Python compiles what it imports."""
    install = ["-m", "pip", "install", "--no-compile", "-c", "constraints.txt", "-e", f".[{EXTRAS}]"]
    return [str(venv_python(environment)), *install, *pip_arguments]


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _refuse(trouble: str) -> int:
    print(f"setup: {trouble}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
