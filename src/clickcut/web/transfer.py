"""Export to the formats of other tools and import from them, for pages and scripts."""

from __future__ import annotations

from typing import Any


def format_views() -> list[dict[str, Any]]:
    """What can be written and read."""
    return []
