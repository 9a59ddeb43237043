"""What the page can change of how clicks are answered, and the predictor that it comes to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.zoom import Zoom

BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "cascade_steps": (0, 100),
    "cascade_clicks": (0, 1000),
    "zoom_skip_clicks": (-1, 100),
    "zoom_expansion": (1, 4),
    "zoom_min_side": (16, 4096),
    "size": (64, 2048),
    "threshold": (0.01, 0.99),
}
"""The least and the most of each number."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the page's refinement panel; ``size`` None is the network's own input. ValueError beyond ``BOUNDS``."""

    cascade_steps: int = 0
    adaptive: bool = False
    cascade_clicks: int = 1
    zoom: bool = True
    zoom_skip_clicks: int = -1
    zoom_expansion: float = 1.4
    zoom_min_side: int = 200
    size: int | None = None
    flip: bool = False
    threshold: float = 0.49

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name}: expected {least} to {most}, got {value}")

    @classmethod
    def of(cls, predictor: Predictor) -> Settings:
        """The settings that a predictor works by; its own fitting counts as no wish."""
        zoom = predictor.zoom or Zoom()
        return cls(
            cascade_steps=predictor.cascade.steps,
            adaptive=predictor.cascade.adaptive,
            cascade_clicks=predictor.cascade.clicks,
            zoom=predictor.zoom is not None,
            zoom_skip_clicks=zoom.skip_clicks,
            zoom_expansion=zoom.expansion,
            zoom_min_side=zoom.min_side,
            flip=predictor.flip,
            threshold=predictor.threshold,
        )

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Settings:
        """ValueError for unknown names, so that an older program does not misread a newer one's file."""
        unknown = set(value) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"settings have no {', '.join(sorted(unknown))}")
        return cls(**value)

    def json(self) -> dict[str, Any]:
        return asdict(self)

    def predictor(self, base: Predictor) -> Predictor:
        """``base`` with these options; ValueError where its network cannot do them."""
        zoom = replace(base.zoom or Zoom(), skip_clicks=self.zoom_skip_clicks, expansion=self.zoom_expansion, min_side=self.zoom_min_side)
        fitting = base.fitting if self.size is None else (base.fitting or base.network.fitting).resized((self.size, self.size))
        return replace(
            base,
            zoom=zoom if self.zoom else None,
            cascade=Cascade(self.cascade_steps, self.adaptive, self.cascade_clicks),
            flip=self.flip,
            threshold=self.threshold,
            fitting=fitting,
        )

    @property
    def before_threshold(self) -> tuple[Any, ...]:
        """All that the probabilities depend on: a threshold only cuts them."""
        return tuple(getattr(self, name) for name in _BEFORE_THRESHOLD)


_BEFORE_THRESHOLD: Final = tuple(field.name for field in fields(Settings) if field.name != "threshold")
