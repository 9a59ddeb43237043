"""Clicks drawn as disks: the click maps of early fusion (RITM 2102.06583, section 3.1; Benenson et al. 2019).

Shape suffixes: B batch, K clicks, H W pixels of the input frame.
"""

from __future__ import annotations

import torch
from torch import Tensor

from clickcut.model.network import NEGATIVE, POSITIVE, ClickBatch

DISK_RADIUS = 5


def click_maps(clicks: ClickBatch, hw: tuple[int, int]) -> Tensor:
    """(B, 2, H, W) float32: 1 within a disk of radius 5 about a positive click, then about a negative one; places are not rounded.

    A click with both coordinates negative is not drawn, even where its disk would reach the frame; with one negative it is (quirk Q8).
    """
    device = clicks.yx_BK2.device
    y_BK, x_BK = clicks.yx_BK2.unbind(dim=-1)
    drawn_BK = torch.maximum(y_BK, x_BK) >= 0
    rows_BKH = (torch.arange(hw[0], dtype=torch.float32, device=device) - y_BK[..., None]) ** 2
    columns_BKW = (torch.arange(hw[1], dtype=torch.float32, device=device) - x_BK[..., None]) ** 2
    maps_B2HW = torch.zeros(len(y_BK), 2, *hw, dtype=torch.bool, device=device)
    for click in range(y_BK.shape[1]):  # one at a time: all disks of a training batch at once would take gigabytes
        disk_BHW = rows_BKH[:, click, :, None] + columns_BKW[:, click, None, :] <= DISK_RADIUS**2
        for channel, kind in enumerate((POSITIVE, NEGATIVE)):
            drawn_B = drawn_BK[:, click] & (clicks.kind_BK[:, click] == kind)
            maps_B2HW[:, channel] |= disk_BHW & drawn_B[:, None, None]
    return maps_B2HW.float()
