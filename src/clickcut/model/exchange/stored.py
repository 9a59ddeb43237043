"""Tensors that lie in a file: known by shape and type, read when they are wanted, mapped rather than copied where they can be."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor that is not loaded: ``read`` gives it, in the type it is stored in."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], Tensor]

    def __setstate__(self, state: object) -> None:
        """Refused: a pickle that holds one could otherwise put anything in the place of ``read``."""
        raise TypeError("a stored tensor is described by its file alone")

    @property
    def num_values(self) -> int:
        return math.prod(self.shape)

    @property
    def num_bytes(self) -> int:
        return self.num_values * self.dtype.itemsize

    @classmethod
    def of(cls, tensor: Tensor) -> StoredTensor:
        """A tensor that is in memory already."""
        return cls(tuple(tensor.shape), tensor.dtype, lambda: tensor)


StoredTensors: TypeAlias = Mapping[str, StoredTensor]


class MappedFile:
    """A file's bytes as tensors that share its memory map: pages come in as they are touched, and a written page is private.

    The map lives as long as a tensor of it does, or until ``release``, whichever is later.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._map: mmap.mmap | None = None

    def tensor(self, offset: int, dtype: torch.dtype, shape: Sequence[int], stride: Sequence[int]) -> Tensor:
        """The tensor whose first value stands at the byte ``offset``."""
        if 0 in shape:
            return torch.empty(tuple(shape), dtype=dtype)
        if self._map is None:
            with self.path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        flat = torch.frombuffer(self._map, dtype=dtype, count=extent(shape, stride), offset=offset)
        return flat.as_strided(tuple(shape), tuple(stride))

    def release(self) -> None:
        """Forgets the map, so that pages of tensors that are gone count no longer; the next tensor maps anew."""
        self._map = None


def extent(shape: Sequence[int], stride: Sequence[int]) -> int:
    """How many values a strided tensor reaches over."""
    return 0 if 0 in shape else 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))


def contiguous_stride(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
