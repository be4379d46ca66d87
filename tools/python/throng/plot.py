"""Figures for papers, with matplotlib: run, sweep or comparison in, a Figure out.

    throng.plot.curves([base, other], "infections").savefig("figure.pdf")

Colors are told apart by people with color-blindness; text stays text in SVG and PDF.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import colors, neighborhoods
from .chapters import Reader
from .errors import InputError, needed, unknown
from .files import Array, When
from .pictures import median, quantiles, weekly
from .runs import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .sweep import Sweep

STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e8e8e8",
         "axes.axisbelow": True, "axes.titlesize": 10, "axes.titlelocation": "left", "legend.frameon": False,
         "svg.fonttype": "none", "svg.hashsalt": "throng", "pdf.fonttype": 42, "figure.dpi": 110, "savefig.bbox": "tight"}


def _figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    matplotlib = needed("matplotlib", "plot")
    figure_of = needed("matplotlib.figure", "plot").Figure
    with matplotlib.rc_context(STYLE):
        figure = figure_of(figsize=(width, height), layout="constrained")
        axes = figure.subplots(1, columns, squeeze=False)[0]
    return figure, list(axes)


def _style() -> Any:
    return needed("matplotlib", "plot").rc_context(STYLE)


def _dates(axes: Axes, dated: bool) -> None:
    if dated:
        dates = needed("matplotlib.dates", "plot")
        locator = dates.AutoDateLocator(maxticks=7)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def _band(axes: Axes, time: Array, values: Array, color: str, label: str) -> None:
    """The median of [seed, time], with the central half and 95 % of several seeds."""
    if len(values) > 1:
        q = quantiles(values, (0.025, 0.25, 0.75, 0.975))
        axes.fill_between(time, q[0], q[3], color=color, alpha=0.15, linewidth=0)
        axes.fill_between(time, q[1], q[2], color=color, alpha=0.3, linewidth=0)
    axes.plot(time, median(values), color=color, label=label, linewidth=1.5)


def save(figure: Figure, path: str) -> None:
    """Writes SVG, PDF or PNG by the name's ending; the same figure gives the same bytes."""
    ending = str(path).rsplit(".", 1)[-1].lower()
    if ending not in ("svg", "pdf", "png"):
        raise InputError(f"{path}: ends neither in .svg nor in .pdf nor in .png. Name such a file.")
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}[ending]
    with _style():
        figure.savefig(path, dpi=200, metadata=undated)


def curves(runs: Run | Sequence[Run], series: str | Sequence[str] = "infections", labels: Sequence[str] | None = None,
           mean_of_week: bool = True, size: tuple[float, float] | None = None) -> Figure:
    """Counts over time, a panel for each series and a color for each run; bands where runs have
    several seeds: the central half and 95 % of them."""
    all_runs = [runs] if isinstance(runs, Run) else list(runs)
    wanted = [series] if isinstance(series, str) else list(series)
    names = list(labels) if labels else [str(run.scenario.get("title") or run.name) for run in all_runs]
    if len(names) != len(all_runs):
        raise InputError(f"curves: has {len(names)} labels for {len(all_runs)} runs. Give one for each.")
    figure, panels = _figure(*(size or (3.6 * len(wanted) + 0.6, 2.7)), len(wanted))
    with _style():
        for axes, name in zip(panels, wanted):
            for k, run in enumerate(all_runs):
                values = Reader(run)
                total = values.total(name)
                _band(axes, values.days.time, weekly(total) if mean_of_week else total, colors.kind(k), names[k])
            axes.set_title(name.replace("_", " "))
            a_day = " a day" if "of the day" in str(all_runs[0][name].attrs.get("long_name", "")) else ""
            axes.set_ylabel(f"people{a_day}" + (", weekly mean" if mean_of_week else ""))
            axes.set_ylim(bottom=0)
            _dates(axes, values.days.dated)
        if len(all_runs) > 1:
            panels[0].legend()
    return figure


def groups(run: Run, series: str = "infections", by: str = "borough", size: tuple[float, float] = (4.4, 2.9)) -> Figure:
    """A count by group: a day and 100,000 people of the group, weekly mean, median over seeds."""
    values = Reader(run)
    labels, people = values.labels(series, by), values.people(by)
    if people is None or not labels:
        raise unknown(run.path, f"axis of '{series}'", by, [str(axis) for axis in run[series].dims if axis != "time"])
    daily = weekly(median(values.total(series, by)), axis=0)
    figure, (axes,) = _figure(*size)
    shades = colors.levels(len(labels)) if by == "age_band" else colors.KINDS
    with _style():
        for k, label in enumerate(labels):
            if people[k] > 0:
                axes.plot(values.days.time, 1e5 * daily[:, k] / people[k], color=shades[k % len(shades)], label=label)
        axes.set_title(f"{series.replace('_', ' ')} by {by.replace('_', ' ')}")
        axes.set_ylabel("a day per 100,000, weekly mean")
        axes.set_ylim(bottom=0)
        axes.legend(ncols=2 if len(labels) > 6 else 1, fontsize=7)
        _dates(axes, values.days.dated)
    return figure


def shares(run: Run, series: str = "unemployment_rate", size: tuple[float, float] = (4.4, 2.9)) -> Figure:
    """A share over time, a line for each label."""
    values = Reader(run)
    data = run[series]
    axes_of = [str(axis) for axis in data.dims if axis not in ("time", "replicate")]
    if len(axes_of) > 1:
        raise InputError(f"{run.path}: '{series}' has the axes {', '.join(axes_of)} (a figure shows one). Select labels.")
    array = values.value(series)
    array = array if axes_of else array[:, :, np.newaxis]
    labels = [str(label) for label in data[axes_of[0]].values] if axes_of else [series.replace("_", " ")]
    figure, (axes,) = _figure(*size)
    with _style():
        for k, label in enumerate(labels):
            _band(axes, values.days.time, array[:, :, k], colors.kind(k), label)
        axes.set_title(series.replace("_", " "))
        axes.yaxis.set_major_formatter(needed("matplotlib.ticker", "plot").PercentFormatter(1, decimals=0))
        axes.set_ylim(bottom=0)
        if len(labels) > 1:
            axes.legend(fontsize=7)
        _dates(axes, values.days.dated)
    return figure


def neighborhood_map(run: Run, column: str = "attack_rate", when: When | None = None,
                     size: tuple[float, float] = (4.4, 4.4)) -> Figure:
    """New York's neighborhoods by a column of `neighborhoods.by_neighborhood`; gray where fewer than
    100 people live."""
    frame = neighborhoods.by_neighborhood(run, when)
    if column not in frame:
        raise unknown(run.path, "column by neighborhood", column, [str(name) for name in frame.columns])
    if not neighborhoods.has_map(frame):
        raise InputError(f"{run.path}: its neighborhoods are not New York's (there is no map of others). "
                         "Use by_neighborhood(run).")
    values = frame[column].where(frame["people"] >= 100)
    low, high = float(values.quantile(0.02)), float(values.quantile(0.98))
    path_of, patch_of = needed("matplotlib.path", "plot").Path, needed("matplotlib.patches", "plot").PathPatch
    figure, (axes,) = _figure(*size)
    with _style():
        for code, feature in neighborhoods.shapes().items():
            value = float(values.get(code, np.nan))
            color = colors.MISSING if np.isnan(value) else colors.level((value - low) / max(high - low, 1e-12))
            rings = [np.array(ring) for polygon in feature["geometry"]["coordinates"] for ring in polygon]
            outline = path_of.make_compound_path(*(path_of(ring, closed=True) for ring in rings))
            axes.add_patch(patch_of(outline, facecolor=color, edgecolor="white", linewidth=0.3))
        axes.set_aspect(1 / np.cos(np.radians(40.7)))
        axes.autoscale_view()
        axes.set_axis_off()
        axes.set_title(column.replace("_", " "))
        scale = needed("matplotlib.cm", "plot").ScalarMappable(
            needed("matplotlib.colors", "plot").Normalize(low, high),
            needed("matplotlib.colors", "plot").LinearSegmentedColormap.from_list("levels", colors.levels_of_map()))
        percent = needed("matplotlib.ticker", "plot").PercentFormatter(1, decimals=0)
        figure.colorbar(scale, ax=axes, shrink=0.5, format=percent if column.endswith("rate") else None)
    return figure


def sweep(points: Sweep, figure_name: str = "attack_rate", parameter: str | None = None,
          size: tuple[float, float] = (3.6, 2.8)) -> Figure:
    """A figure of runs against what was varied: the median over seeds, with the central 95 %."""
    key = parameter or points.parameters[0]
    if key not in points.parameters:
        raise unknown(points.path, "parameter", key, points.parameters)
    q = points.figure_quantiles(figure_name, (0.025, 0.5, 0.975))
    figure, (axes,) = _figure(*size)
    with _style():
        axes.errorbar(q[key].values, q[1].values, yerr=[(q[1] - q[0]).values, (q[2] - q[1]).values], fmt="o",
                      color=colors.kind(0), capsize=2)
        axes.set_xlabel(key)
        axes.set_ylabel(figure_name.replace("_", " "))
        axes.set_ylim(bottom=0)
    return figure
