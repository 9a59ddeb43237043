"""Files of torch.save: what is in them comes back described, and nothing that they name is ever run."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from clickcut.model.exchange.pickles import LOSS_MODULE, is_pickled, read_pickled
from clickcut.model.exchange.stored import MappedFile, StoredTensor


def saved(path: Path, value: Any, *, legacy: bool = False) -> Path:
    torch.save(value, path, _use_new_zipfile_serialization=not legacy)
    return path


def opened(path: Path) -> Any:
    return read_pickled(path, MappedFile(path))


def described(pickled: bytes, path: Path) -> Path:
    """A file as torch.save makes them, around any pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
    return path


@pytest.mark.parametrize("legacy", [False, True])
def test_tensors_come_back_with_plain_values_around_them(tmp_path: Path, legacy: bool) -> None:
    whole = torch.arange(24.0).view(4, 6)
    value: dict[str, Any] = {
        "state_dict": OrderedDict(
            turned=whole.t(),  # strides of its own
            part=whole[1:, 2:4],  # begins within its storage
            half=torch.tensor([1.5, -2.0]).half(),
            count=torch.tensor(7),
            nothing=torch.zeros(0, 3),
            parameter=torch.nn.Parameter(torch.ones(2)),
        ),
        "config": {"text": "ä", "numbers": (1, 2.5, [True, None]), "names": {"a"}},
    }

    found = opened(saved(tmp_path / "file.pth", value, legacy=legacy))

    assert found["config"] == value["config"]
    assert list(found["state_dict"]) == list(value["state_dict"])
    for name, tensor in value["state_dict"].items():
        stored = found["state_dict"][name]
        assert isinstance(stored, StoredTensor)
        assert (stored.shape, stored.dtype) == (tuple(tensor.shape), tensor.dtype)
        assert torch.equal(stored.read(), tensor.detach())


def test_a_part_of_another_tensor_in_the_old_format_reads_its_own_numbers(tmp_path: Path) -> None:
    # Before views shared their whole storage, files named a part of it: key, first value and length.
    stream = io.BytesIO()
    headings: tuple[Any, ...] = (0x1950A86A20F9469CFC6C, 1001, {})
    for plain in headings:
        pickle.dump(plain, stream, protocol=2)
    stream.write(tensor_pickle(("storage", torch.FloatStorage, "0", "cpu", 6, ("1", 2, 3)), 0, (3,), (1,)))
    pickle.dump(["0"], stream, protocol=2)
    stream.write(struct.pack("<q6f", 6, *range(6)))
    path = tmp_path / "old.pth"
    path.write_bytes(stream.getvalue())

    assert opened(path).read().tolist() == [2.0, 3.0, 4.0]


def tensor_pickle(storage: tuple[Any, ...], *description: Any) -> bytes:
    """A pickle of one tensor, described by what follows its storage."""

    class Saver(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return storage if obj is ... else None

    stream = io.BytesIO()
    Saver(stream, protocol=2).dump(Calls(torch._utils._rebuild_tensor_v2, ..., *description, False, OrderedDict()))
    return stream.getvalue()


class Calls:
    """Pickled as a call of anything with anything."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.arguments


def test_the_fields_loss_object_is_taken_and_thrown_away(tmp_path: Path) -> None:
    names = f"{LOSS_MODULE}\nCrossEntropyLoss\n", f"{LOSS_MODULE}\ncross_entropy\n"
    # A dict whose entry is the object (NEWOBJ, BUILD) with an attribute that is the function.
    pickled = b"\x80\x02}X\x04\x00\x00\x00lossc" + names[0].encode() + b")\x81}X\x04\x00\x00\x00callc" + names[1].encode() + b"sbs."

    found = opened(described(pickled, tmp_path / "file.pth"))

    assert list(found) == ["loss"]
    assert not callable(found["loss"].call)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    ("function", "told"),
    [
        (os.mkdir, "(posix|nt).mkdir"),
        (eval, "_*builtins?_*.eval"),
        (exec, "_*builtins?_*.exec"),
        (getattr, "_*builtins?_*.getattr"),
        (__import__, "_*builtins?_*.__import__"),
        (torch.load, "torch.serialization.load"),
        (torch.hub.load, "torch.hub.load"),
        (pickle.loads, "_?pickle.loads"),
    ],
)
def test_what_would_run_is_refused_by_name(tmp_path: Path, function: Callable[..., Any], told: str, legacy: bool) -> None:
    mark = tmp_path / "ran"
    path = saved(tmp_path / "file.pth", {"state_dict": Calls(function, str(mark)), "config": {}}, legacy=legacy)

    with pytest.raises(ValueError, match=f"names {told}, and opening a file runs none") as caught:
        opened(path)
    assert str(caught.value).startswith(str(path))
    assert not mark.exists()


def test_a_name_within_a_known_name_is_refused(tmp_path: Path) -> None:
    # Since protocol 4 a name may have dots in it, which Python's own unpickler follows.
    pickled = b"\x80\x04\x8c\x0bcollections\x8c\x20OrderedDict.__init__.__globals__\x93."

    with pytest.raises(ValueError, match=r"names collections.OrderedDict.__init__.__globals__"):
        opened(described(pickled, tmp_path / "file.pth"))


@pytest.mark.parametrize("name", [f"c{LOSS_MODULE}\ncross_entropy\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nFloatStorage\n"])
def test_nothing_can_be_set_on_what_stands_for_a_known_name(tmp_path: Path, name: str) -> None:
    # BUILD with a pair (None, attributes) sets them one by one on whatever is there.
    pickled = b"\x80\x02" + name.encode() + b"N}X\x08\x00\x00\x00__call__X\x01\x00\x00\x00xs\x86b."

    with pytest.raises(ValueError, match=r"cut off, damaged or no file of torch.save"):
        opened(described(pickled, tmp_path / "file.pth"))


def test_what_a_file_sets_on_the_loss_class_ends_with_its_reading(tmp_path: Path) -> None:
    hostile = f"c{LOSS_MODULE}\nCrossEntropyLoss\n".encode() + b"N}X\x04\x00\x00\x00evilX\x01\x00\x00\x00xs\x86b"
    opened(described(b"\x80\x02" + hostile + b".", tmp_path / "first.pth"))

    second = opened(described(b"\x80\x02" + f"c{LOSS_MODULE}\nCrossEntropyLoss\n.".encode(), tmp_path / "second.pth"))

    assert not hasattr(second, "evil")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((0, (4, 4), (4, 1)), "reaches beyond its storage"),
        ((3, (4,), (1,)), "reaches beyond its storage"),
        ((0, (2, 2), (1,)), "reaches beyond its storage"),
        ((-1, (2,), (1,)), "numbers that no tensor has"),
        ((0, (2,), (-1,)), "numbers that no tensor has"),
        ((0, (2.0,), (1,)), "numbers that no tensor has"),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path, arguments: tuple[Any, ...], told: str) -> None:
    path = tmp_path / "file.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", tensor_pickle(("storage", torch.FloatStorage, "0", "cpu", 6), *arguments))
        archive.writestr("archive/data/0", bytes(24))

    with pytest.raises(ValueError, match=told):
        opened(path)


def test_a_storage_shorter_than_said_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "file.pth", {"a": torch.arange(64.0)})
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in content.items():
            archive.writestr(name, value[:-4] if name.endswith("data/0") else value)

    with pytest.raises(ValueError, match="storage 0 has 252 bytes, and its tensors need 256"):
        opened(path)


def test_compressed_and_big_endian_files_and_other_archives_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "file.pth", {"a": torch.zeros(1000)})
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    compressed, big, other = tmp_path / "compressed.pth", tmp_path / "big.pth", tmp_path / "photos.zip"
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in content.items():
            archive.writestr(name, value)
    with zipfile.ZipFile(big, "w") as archive:
        for name, value in content.items():
            archive.writestr(name, b"big" if name.endswith("byteorder") else value)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("photo.jpg", b"")

    for wrong, told in ((compressed, "is compressed"), (big, "big-endian"), (other, "not one of torch.save")):
        with pytest.raises(ValueError, match=told):
            opened(wrong)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_one_clear_line(tmp_path: Path, share: float, legacy: bool) -> None:
    path = saved(tmp_path / "file.pth", {"state_dict": {"a": torch.zeros(5000)}, "config": {}}, legacy=legacy)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(ValueError, match=r"cut off, damaged or no file of torch.save .* fetch or write it again") as caught:
        opened(path)
    assert "\n" not in str(caught.value)


def test_a_pickle_larger_than_any_description_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickcut.model.exchange.pickles._LARGEST_PICKLE", 1000)
    path = saved(tmp_path / "file.pth", ["x" * 2000])

    with pytest.raises(ValueError, match="its description alone is larger than"):
        opened(path)


def test_files_of_torch_save_are_told_from_others(tmp_path: Path) -> None:
    text = tmp_path / "text.pth"
    text.write_bytes(b"hello")

    assert is_pickled(saved(tmp_path / "new.pth", {}))
    assert is_pickled(saved(tmp_path / "old.pth", {}, legacy=True))
    assert not is_pickled(text)
