"""``clickcut inspect``: what a weights file is, told from its description alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clickcut.model.config import HrnetConfig, ModelConfig, PlainVitConfig, SamConfig, StagesConfig, config_to_json
from clickcut.model.exchange.opening import WeightsFile, open_weights
from clickcut.model.exchange.stored import StoredTensor


def run(path: Path, *, tensors: bool, as_json: bool) -> None:
    """Prints the report, for people or as JSON."""
    opened = open_weights(path)
    report = _report(opened)
    if tensors:
        report["tensors"] = {name: {"shape": list(one.shape), "dtype": _dtype(one)} for name, one in opened.tensors.items()}
    print(json.dumps(report, indent=2) if as_json else _told(report))


def _report(opened: WeightsFile) -> dict[str, Any]:
    stored = opened.tensors.values()
    return {
        "file": str(opened.path),
        "bytes": opened.path.stat().st_size,
        "kind": opened.kind,
        "network": network_words(opened.header.config),
        "num_tensors": len(stored),
        "num_values": sum(one.num_values for one in stored),
        "stored_as": dict(Counter(_dtype(one) for one in stored)),
        "config": config_to_json(opened.header.config),
        "inference": dict(opened.header.inference),
        "card": dict(opened.header.card),
    }


def network_words(config: ModelConfig) -> str:
    """A network in one line."""
    match config:
        case PlainVitConfig():
            attention = "global attention" if config.random_split else "attention in windows"
            blocks = f"{config.depth} blocks of width {config.dim} with {config.heads} heads, {attention}"
            size = f"patches of {config.patch}, input {config.input_hw[0]} x {config.input_hw[1]}"
            return f"plain ViT: {blocks}, {size}, head of {config.head_channels} channels ({config.upsample})"
        case HrnetConfig():
            context = f"object context of width {config.ocr_width}" if config.ocr_width else "no object context"
            prev = "with" if config.prev_mask else "without"
            return f"HRNet{' small' if config.small else ''} of width {config.width}, {context}, {prev} previous mask, input of any size"
        case SamConfig():
            return f"SAM lineage: TinyViT of widths {', '.join(map(str, config.widths))} and mask decoder, input {config.input_side}"
        case StagesConfig():
            return f"{len(config.stages)} stages, one for each click: {network_words(config.stages[0])}"


def _told(report: dict[str, Any]) -> str:
    kinds = ", ".join(f"{count} {dtype}" for dtype, count in report["stored_as"].items())
    lines = [
        ("file", f"{report['file']} ({report['bytes'] / 2**20:.1f} MiB)"),
        ("kind", report["kind"]),
        ("network", report["network"]),
        ("tensors", f"{report['num_tensors']} ({kinds}), {report['num_values']:,} values"),
        ("inference", json.dumps(report["inference"])),
        *_card_lines(report["card"]),
        *((name, f"{tuple(one['shape'])} {one['dtype']}") for name, one in report.get("tensors", {}).items()),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in lines)


def _card_lines(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every entry; one that holds entries itself gets a line for each of them."""
    for name, value in card.items():
        entries = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else [("", value)]
        for place, (inner, item) in enumerate(entries):
            text = item if isinstance(item, str) else json.dumps(item)
            yield f"card: {name}" if place == 0 else "", f"{inner}: {text}" if isinstance(value, Mapping) else text


def _dtype(stored: StoredTensor) -> str:
    return str(stored.dtype).removeprefix("torch.")
