"""Pickles that numpy of any age reads."""

from __future__ import annotations

import pickle
import pickletools
from pathlib import Path

import numpy as np

from clickcut.data.building.field_pickles import write_pickle


def test_what_is_written_is_read_back_and_names_nothing_new(tmp_path: Path) -> None:
    tricky = np.frombuffer(b"cnumpy._core.multiarray\n" * 3, np.uint8)
    value = ([tricky, np.arange(5, dtype=np.uint8)], [(0, 1), (1, 255)])

    write_pickle(tmp_path / "one.pickle", value)

    data = (tmp_path / "one.pickle").read_bytes()
    layers, places = pickle.loads(data)
    names = {argument for opcode, argument, _ in pickletools.genops(data) if opcode.name == "GLOBAL"}
    assert places == value[1]
    for read, written in zip(layers, value[0], strict=True):
        np.testing.assert_array_equal(read, written)
    assert names <= {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}
