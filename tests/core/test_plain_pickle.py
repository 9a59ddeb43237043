"""Plain values come back as they were; what a file names is never run, and no small file takes much memory."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict, defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

from clickcut.core.plain_pickle import read_plain_pickle


def pickled(folder: Path, value: object, protocol: int = 4) -> Path:
    path = folder / "value.pickle"
    path.write_bytes(pickle.dumps(value, protocol))
    return path


def written(folder: Path, content: bytes) -> Path:
    path = folder / "value.pickle"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_come_back_equal(tmp_path: Path, protocol: int) -> None:
    value = {"a": [1, -2, 2.5, None, True], ("b", 3): {"c": b"\x00\xff", "e": b""}, "s": {1, 2}, "f": frozenset({3}), 7: 1 << 70}

    assert read_plain_pickle(pickled(tmp_path, value, protocol)) == value


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["uint8", ">i4", "float64", "bool"])
def test_arrays_and_numbers_of_numpy_come_back_equal(tmp_path: Path, kind: str, protocol: int) -> None:
    array = np.arange(6).reshape(2, 3).astype(kind)
    read = read_plain_pickle(pickled(tmp_path, [array, np.asfortranarray(array), array[1, 2]], protocol))

    np.testing.assert_array_equal(read[0], array)
    np.testing.assert_array_equal(read[1], array)
    assert (read[0].dtype.kind, read[0].itemsize, read[2]) == (array.dtype.kind, array.itemsize, array[1, 2].item())


def test_paths_are_texts_and_dictionaries_of_other_kinds_plain_ones(tmp_path: Path) -> None:
    counts = defaultdict(list, {"a": [1]})

    read = read_plain_pickle(pickled(tmp_path, [PurePosixPath("images/training"), OrderedDict(b=2), counts]))

    assert read == ["images/training", {"b": 2}, {"a": [1]}]


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


class Formatted:
    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, ("a", "upper")


@pytest.mark.parametrize("value", [Harmful(), Formatted(), np.array([Harmful()], object), np.dtype("O"), np.array(["a"])])
def test_what_is_not_plain_is_refused_and_not_run(tmp_path: Path, value: object) -> None:
    with pytest.raises(ValueError, match=r"value\.pickle: no pickle of plain values: it (names|holds)"):
        read_plain_pickle(pickled(tmp_path, [value]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no pickle",
        pickle.dumps([1, 2, 3])[:-3],
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x00.",  # bytes of 2**56
        b"\x80\x02cnumpy\nndarray\n)R.",
    ],
)
def test_damaged_files_are_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^\S+value\.pickle: no pickle of plain values: .+$"):
        read_plain_pickle(written(tmp_path, content))


def test_a_value_remembered_in_the_four_billionth_place_takes_no_room(tmp_path: Path) -> None:
    assert read_plain_pickle(written(tmp_path, b"\x80\x04Nr\xff\xff\xff\xff.")) is None


def test_a_file_whose_values_are_much_larger_than_itself_is_refused(tmp_path: Path) -> None:
    memo = pickle.BINPUT + b"\x01"
    text = b"X" + (1 << 16).to_bytes(4, "little") + b"a" * (1 << 16) + memo
    once = b"cpathlib\nPosixPath\n(" + (pickle.BINGET + b"\x01") * 200 + b"tR"
    content = b"\x80\x02(" + text + once * 400 + b"l."

    with pytest.raises(ValueError, match="its values are much larger than the file"):
        read_plain_pickle(written(tmp_path, content))


def test_a_file_cannot_change_what_the_next_one_is_read_with(tmp_path: Path) -> None:
    # BUILD with a state for what stands for OrderedDict: there is nothing to set.
    content = b"\x80\x02ccollections\nOrderedDict\n}X\x04\x00\x00\x00makeK\x01sb."

    with pytest.raises(ValueError, match="no pickle of plain values"):
        read_plain_pickle(written(tmp_path, content))

    assert read_plain_pickle(pickled(tmp_path, OrderedDict(a=1))) == {"a": 1}
