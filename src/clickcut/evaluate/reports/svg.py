"""Charts as inline SVG: lines with bands over clicks, and bars over counts. Colours are the page's, so that they follow its theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clickcut.evaluate.bootstrap import Interval
from clickcut.evaluate.reports.html import element, text

NUM_COLOURS: Final = 6
"""As many lines are told apart by colour alone; further ones repeat the colours, dashed."""

_TOP, _BOTTOM, _LEFT, _RIGHT = 12, 40, 46, 14
_DASHES: Final = ("", "6 4", "2 3", "8 3 2 3")


@dataclass(frozen=True, slots=True)
class Line:
    """A named line: a mean and its interval at x = 1, 2, 3 and so on."""

    name: str
    points: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values of x in 1..last and of y in low..high come to lie."""

    width: int
    height: int
    last: int
    low: float
    high: float

    def x(self, value: float) -> float:
        return _LEFT + (value - 1) / max(1, self.last - 1) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.height - _BOTTOM - (value - self.low) / (self.high - self.low) * (self.height - _TOP - _BOTTOM)


def line_chart(title: str, lines: Sequence[Line], *, x_title: str, y_title: str) -> str:
    """Lines with their bands and a legend below; values of a line lie in 0 to 1, NaN ones are gaps."""
    known = [value for line in lines for point in line.points for value in (point.mean, point.low) if value == value]
    frame = _Frame(720, 380, max((len(line.points) for line in lines), default=1), _floor(known), 1.0)
    drawn = [_grid(frame), _axis_titles(frame, x_title, y_title)]
    drawn += [_band(frame, line, k) for k, line in enumerate(lines)] + [_curve(frame, line, k) for k, line in enumerate(lines)]
    return _figure(title, frame, "".join(drawn)) + _legend([line.name for line in lines])


def bar_chart(title: str, counts: Sequence[int], names: Sequence[str], *, x_title: str, marked: int | None = None) -> str:
    """A bar with its number for each count, ``names`` below; the bar ``marked`` has another colour, and its name whatever room there is."""
    frame = _Frame(360, 220, len(counts), 0.0, float(max(1, *counts)) * 1.12)
    step = (frame.width - _LEFT - _RIGHT) / len(counts)
    every = max(1, -(-len(counts) // 12))
    drawn = [_axis_titles(frame, x_title, "objects")]
    drawn.append(_rule(frame, frame.y(0)))
    for k, (count, name) in enumerate(zip(counts, names, strict=True)):
        x, top = _LEFT + k * step, frame.y(count)
        bar = element("title", text(f"{name}: {count} objects"))
        drawn.append(
            element(
                "rect",
                bar,
                x=f"{x + step * 0.12:.1f}",
                y=f"{top:.1f}",
                width=f"{step * 0.76:.1f}",
                height=f"{frame.y(0) - top:.1f}",
                class_="bar marked" if k == marked else "bar",
            )
        )
        if count:
            drawn.append(_label(x + step / 2, top - 4, str(count), "count"))
        if (k % every == 0 and (marked is None or abs(k - marked) > 1)) or k == marked:
            drawn.append(_label(x + step / 2, frame.height - _BOTTOM + 15, name, "tick"))
    return _figure(title, frame, "".join(drawn))


def _figure(title: str, frame: _Frame, inside: str) -> str:
    attributes = {"viewBox": f"0 0 {frame.width} {frame.height}", "role": "img", "aria-label": title}
    return element("svg", inside, class_="chart", **attributes)


def _grid(frame: _Frame) -> str:
    lines = []
    step = 0.1 if frame.high - frame.low > 0.45 else 0.05
    value = frame.low
    while value <= frame.high + 1e-9:
        lines += [_rule(frame, frame.y(value)), _label(_LEFT - 7, frame.y(value) + 4, f"{value:.2f}", "tick end")]
        value += step
    every = max(1, -(-frame.last // 20))
    lines += [_label(frame.x(k), frame.height - _BOTTOM + 16, str(k), "tick") for k in range(1, frame.last + 1) if k == 1 or k % every == 0]
    return "".join(lines)


def _rule(frame: _Frame, y: float) -> str:
    return element("line", x1=_LEFT, x2=frame.width - _RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="rule")


def _axis_titles(frame: _Frame, x_title: str, y_title: str) -> str:
    middle = (_TOP + frame.height - _BOTTOM) / 2
    beside = element("text", text(y_title), x=13, y=f"{middle:.1f}", class_="axis", transform=f"rotate(-90 13 {middle:.1f})")
    return beside + _label((_LEFT + frame.width - _RIGHT) / 2, frame.height - 7, x_title, "axis")


def _label(x: float, y: float, words: str, kind: str) -> str:
    return element("text", text(words), x=f"{x:.1f}", y=f"{y:.1f}", class_=kind)


def _band(frame: _Frame, line: Line, k: int) -> str:
    parts = []
    for run in _runs(line):
        over = [f"{frame.x(x):.1f},{frame.y(min(point.high, frame.high)):.1f}" for x, point in run]
        under = [f"{frame.x(x):.1f},{frame.y(max(point.low, frame.low)):.1f}" for x, point in reversed(run)]
        parts.append(element("polygon", points=" ".join(over + under), class_=f"band c{k % NUM_COLOURS}"))
    return "".join(parts)


def _curve(frame: _Frame, line: Line, k: int) -> str:
    colour, parts = f"c{k % NUM_COLOURS}", []
    for run in _runs(line):
        points = " ".join(f"{frame.x(x):.1f},{frame.y(point.mean):.1f}" for x, point in run)
        parts.append(element("polyline", points=points, class_=f"curve {colour}", stroke_dasharray=_dash(k)))
        for x, point in run:
            told = element("title", text(f"{line.name}, click {x}: {point}"))
            parts.append(element("circle", told, cx=f"{frame.x(x):.1f}", cy=f"{frame.y(point.mean):.1f}", r=3, class_=f"dot {colour}"))
    return "".join(parts)


def _runs(line: Line) -> list[list[tuple[int, Interval]]]:
    """The line's points by x, cut where one is not known."""
    runs: list[list[tuple[int, Interval]]] = [[]]
    for x, point in enumerate(line.points, start=1):
        if point.mean == point.mean:
            runs[-1].append((x, point))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _legend(names: Sequence[str]) -> str:
    entries = []
    for k, name in enumerate(names):
        sample = element("line", x1=1, x2=27, y1=6, y2=6, class_=f"curve c{k % NUM_COLOURS}", stroke_dasharray=_dash(k))
        entries.append(element("li", element("svg", sample, width=28, height=12, aria_hidden="true"), text(name)))
    return element("ul", *entries, class_="legend")


def _dash(k: int) -> str | None:
    return _DASHES[k // NUM_COLOURS % len(_DASHES)] or None


def _floor(values: Sequence[float]) -> float:
    """The largest tenth below all values, so that curves fill their chart; 0 at least."""
    return max(0.0, min(0.9, int(min(values, default=0.0) * 10) / 10))
