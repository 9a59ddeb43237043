"""Where downloads are kept between runs: a folder of the user, in the place that the system has for such."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """``$CLICKCUT_HOME``, else ``clickcut`` in the system's folder for caches; it need not exist."""
    if home := os.environ.get("CLICKCUT_HOME"):
        return Path(home).expanduser().absolute()
    return _systems_caches() / "clickcut"


def _systems_caches() -> Path:
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if stated.is_absolute():  # the XDG rules say to take no notice of a relative one
        return stated
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local)
    try:
        home = Path.home()
    except RuntimeError as error:
        raise ValueError("this user has no home folder to keep downloads in; name a folder in the variable CLICKCUT_HOME") from error
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
