"""tools/training_memory.py: what is counted without computing is what a real pass keeps."""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from clickcut.model.build import build_network
from tests.train.together import TINY_VIT
from tools.training_memory import kept_bytes, row


def test_fake_tensors_keep_as_much_as_real_ones() -> None:
    with FakeTensorMode():
        fake = kept_bytes(build_network(TINY_VIT).train(), 2)

    assert fake == kept_bytes(build_network(TINY_VIT).train(), 2)


def test_recomputed_blocks_keep_less_and_more_objects_keep_more() -> None:
    with FakeTensorMode():
        plain, more, less = (
            kept_bytes(build_network(TINY_VIT).train(), batch, recomputed=recomputed)
            for batch, recomputed in ((2, False), (3, False), (2, True))
        )

    assert less < plain < more


@pytest.mark.slow
def test_a_row_tells_parameters_and_what_they_need() -> None:
    assert row("vit-b", 8).startswith("| vit-b | 98.0 M | 1.8 | ")
    assert torch.is_grad_enabled()
