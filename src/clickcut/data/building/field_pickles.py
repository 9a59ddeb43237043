"""Pickles that the field's code reads, also with the numpy of its time."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Final

from clickcut.core.files import replacing

_PROTOCOL: Final = 3
"""The last one that writes names as lines of text, and the first one with bytes."""
_PRESENT_NAME: Final = b"cnumpy._core.multiarray\n"
_OLD_NAME: Final = b"cnumpy.core.multiarray\n"


def write_pickle(path: Path, value: object) -> None:
    """Writes plain containers, numbers and arrays, all at once.

    numpy 2 moved the function that rebuilds arrays and still knows its old name, which is the only one that numpy 1 knows.
    """
    data = pickle.dumps(value, _PROTOCOL)
    # Named once, before the first array's bytes, and remembered from there on: whatever bytes follow are not touched.
    data = data.replace(_PRESENT_NAME, _OLD_NAME, 1)
    with replacing(path) as file:
        file.write(data)
