"""Pictures of a report: traces for plotly.js, each with a table beside it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import colors
from .files import Array

Trace = dict[str, Any]
MARGIN = (0.025, 0.25, 0.5, 0.75, 0.975)


@dataclass
class Table:
    """What stands beside a picture."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass
class Picture:
    """A chart of plotly.js, or a drawing of its own; with a table."""

    title: str
    note: str = ""
    traces: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    drawing: str = ""
    table: Table | None = None


@dataclass
class Section:
    """A part of a report. With a text of its own where there is nothing to show."""

    title: str
    text: str = ""
    pictures: list[Picture] = field(default_factory=list)
    html: str = ""


class Days:
    """The time axis of charts: dates or steps, said by their first and their distance."""

    def __init__(self, time: Array) -> None:
        self.dated = time.dtype.kind == "M"
        self.time = time
        if self.dated:
            self.axis: Trace = {"x0": str(time[0])[:10], "dx": 86_400_000}
        else:
            self.axis = {"x0": int(time[0]), "dx": 1}

    def name(self, index: int) -> str:
        return str(self.time[index])[:10]

    def words(self) -> str:
        return "date" if self.dated else "step"

    def x(self) -> Trace:
        """Where the axis cannot be said by a first and a distance."""
        return dict(self.axis)


def numbers(values: Any) -> list[float | int | None]:
    """Numbers as short as they may be: whole, or five digits; none where missing."""
    found: list[float | int | None] = []
    for value in np.asarray(values, dtype=float).ravel().tolist():
        if not np.isfinite(value):
            found.append(None)
        else:
            found.append(int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.5g}"))
    return found


def weekly(values: Array, axis: int = -1) -> Array:
    """Means over seven days up to each, over fewer in the first six; of days that have a value."""
    cells = np.moveaxis(np.asarray(values, dtype=float), axis, -1)
    known = np.isfinite(cells)

    def of_week(numbers: Array) -> Array:
        total = np.cumsum(numbers, axis=-1)
        before = np.concatenate([np.zeros_like(total[..., :7]), total[..., :-7]], axis=-1)[..., :total.shape[-1]]
        week: Array = total - before
        return week

    days = of_week(known.astype(float))
    means = of_week(np.where(known, cells, 0.0)) / np.where(days > 0, days, np.nan)
    return np.moveaxis(means, -1, axis)


def line(days: Days, values: Any, name: str, color: str, **more: Any) -> Trace:
    """One curve."""
    return {"type": "scatter", "mode": "lines", "name": name, "y": numbers(values), **days.x(),
            "line": {"color": color, "width": 2, **more.pop("line", {})}, **more}


def band(days: Days, values: Array, name: str, color: str) -> list[Trace]:
    """The median of [seed, time] with its central half and 95 %; of one seed a curve."""
    if values.shape[0] == 1:
        return [line(days, values[0], name, color)]
    q = quantiles(values, MARGIN)
    none: Trace = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "legendgroup": name}
    traces: list[Trace] = []
    for low, high, opacity in ((0, 4, 0.16), (1, 3, 0.3)):
        traces.append({"type": "scatter", "y": numbers(q[low]), **days.x(), **none})
        traces.append({"type": "scatter", "y": numbers(q[high]), **days.x(), **none, "fill": "tonexty",
                       "fillcolor": colors.light(color, opacity)})
    return [*traces, line(days, q[2], name, color, legendgroup=name)]


def time_layout(unit: str, **more: Any) -> dict[str, Any]:
    return {"yaxis": {"title": {"text": unit}, "rangemode": "tozero", **more.pop("yaxis", {})}, **more}


def shares_layout(unit: str = "share") -> dict[str, Any]:
    return time_layout(unit, yaxis={"tickformat": ".0%"})


def median(values: Array) -> Array:
    """Over seeds, the first axis."""
    middle: Array = quantiles(values, (0.5,))[0]
    return middle


def quantiles(values: Array, q: tuple[float, ...]) -> Array:
    """Over seeds, the first axis; missing where all of them are."""
    if values.shape[0] == 1:
        return np.repeat(values, len(q), axis=0)
    found = np.full((len(q), *values.shape[1:]), np.nan)
    known = np.isfinite(values).any(axis=0)
    found[:, known] = np.nanquantile(values[:, known], q, axis=0)
    return found


def spread(values: Array, unit: str = "1") -> str:
    """A figure over seeds: the median, and the central 95 %."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return "–"
    if len(values) == 1:
        return colors.words(float(known[0]), unit)
    low, middle, high = np.quantile(known, [0.025, 0.5, 0.975])
    return f"{colors.words(_near(middle), unit)} ({colors.words(_near(low), unit)} to {colors.words(_near(high), unit)})"


def _near(value: float) -> float:
    return float(round(value)) if abs(value) >= 100 else float(value)
