"""Pickles that name what only the field's code has: the loss object that its ViT configs hold and nothing ever calls (quirk Q28)."""

from __future__ import annotations

import pickle
from types import FunctionType, SimpleNamespace
from typing import Any, ClassVar, Final

from torch import nn

from clickcut.model.exchange.pickles import LOSS_MODULE

# The pickler that is written in Python: the one in C refuses to write a name that it cannot import.
_PythonPickler: Any = pickle._Pickler


class UnusedLoss(nn.Module):
    """What the field's loss object holds: mmsegmentation's cross entropy at its defaults."""

    def __init__(self) -> None:
        super().__init__()
        self.use_sigmoid = False
        self.use_mask = False
        self.reduction = "mean"
        self.loss_weight = 1.0
        self.class_weight = None
        self.cls_criterion = _criterion


def _criterion() -> None:
    """Stands for the function that the object would call."""


class _FieldPickler(_PythonPickler):  # type: ignore[misc]
    """Writes the field's names for the two stand-ins above."""

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if obj is UnusedLoss or obj is _criterion:
            field_name = "CrossEntropyLoss" if obj is UnusedLoss else "cross_entropy"
            self.write(pickle.GLOBAL + f"{LOSS_MODULE}\n{field_name}\n".encode())
            self.memoize(obj)
        else:
            super().save_global(obj, name)

    dispatch: ClassVar[dict[type, Any]] = {**_PythonPickler.dispatch, FunctionType: save_global, type: save_global}


FIELD_PICKLE: Final = SimpleNamespace(__name__="pickle", Pickler=_FieldPickler)
"""What ``torch.save`` takes for a module of pickling."""
