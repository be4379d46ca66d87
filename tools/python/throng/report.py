"""One self-contained HTML file of a run, a sweep, or several runs compared: it opens without a network."""
from __future__ import annotations

import json
import os
from collections.abc import Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import chapters, colors
from .chapters import Reader, html_table
from .changes import changes_of
from .comparison import compare
from .errors import CommandError, InputError, needed
from .pictures import Days, Picture, Section, Table, band, line, median, numbers, spread, time_layout, weekly
from .runs import Run
from .sweep import Sweep

if TYPE_CHECKING:
    import pandas as pd

Source = Run | Sweep | Sequence[Run]


def write(source: Source, path: str | os.PathLike[str], title: str = "") -> Path:
    """Writes the report and gives its path. Of several runs, the others are compared with the first."""
    file = Path(path)
    if file.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{file}: ends neither in .html nor in .htm, by which browsers know it. Name such a file.")
    if isinstance(source, Run):
        heading, tiles, sections = of_run(source)
    elif isinstance(source, Sweep):
        heading, tiles, sections = of_sweep(source)
    else:
        heading, tiles, sections = of_several(list(source))
    text = page(title or heading, tiles, sections)
    beside = file.with_name(file.name + ".tmp")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, file)
    return file


# ---- what is in it -------------------------------------------------------------------------------

Tiles = list[tuple[str, str]]


def of_run(run: Run) -> tuple[str, Tiles, list[Section]]:
    r = Reader(run)
    tiles = _tiles(r)
    sections = [*chapters.epidemic(r), *chapters.maps(r), *chapters.reproduction(r), *chapters.hospital(r),
                *chapters.labor(r), *chapters.decisions(r)]
    sections += [*chapters.rest(r), _changes(run), _speed(run), _provenance(run)]
    return str(run.scenario.get("title") or run.name), tiles, sections


def _tiles(r: Reader) -> Tiles:
    days = r.days
    tiles: Tiles = [("days" if days.dated else "steps", f"{days.name(0)} to {days.name(len(days.time) - 1)}")]
    people = r.total("people_by_stage")[0, 0] if "people_by_stage" in r else None
    tiles += [("people", colors.words(float(people)))] if people is not None else []
    tiles += [("seeds", colors.words(len(r.run.seeds)))] if len(r.run.seeds) > 1 else []
    if "infections" in r and people:
        sums = r.total("infections").sum(axis=1)
        tiles += [("infections", spread(sums)), ("attack rate", spread(sums / people, "%"))]
        tiles.append(("peak", r.days.name(int(np.argmax(median(r.total("infections")))))))
    if "deaths" in r and r.total("deaths").any():
        tiles.append(("deaths", spread(r.total("deaths").sum(axis=1))))
    if "unemployed" in r and r.total("labor_force").any():
        rate = r.total("unemployed") / r.total("labor_force")
        tiles.append(("highest unemployment", spread(rate.max(axis=1), "%")))
    if not r.run.complete:
        tiles.append(("until now", f"the run is {r.run.status}"))
    return tiles


def _changes(run: Run) -> Section:
    rows, note = changes_of(run)
    if not rows:
        return Section("What the scenario changes", note or "Nothing but what its own file says at its base.")
    return Section("What the scenario changes", note or "Over the file it is based on, and on the command line.",
                   html=html_table(Table(["parameter", "before", "here"], rows), "values"))


def _speed(run: Run) -> Section:
    summary, record = run.summary, run.record
    rows = []
    for key, words in (("build_s", "built [s]"), ("loop_s", "loop [s]"), ("output_s", "output [s]"),
                       ("checkpoint_s", "checkpoints [s]"), ("wall_s", "all [s]")):
        if key in summary:
            rows.append([words, colors.words(float(summary[key]))])
    steps = run.results.file["series/time"].shape[-1] - 1
    if "people_by_stage" in run and summary.get("loop_s") and steps:
        people = float(run.total("people_by_stage").isel(time=0).mean())
        agent_days = people * steps * len(run.seeds)
        rows.append(["ns per agent-day", colors.words(1e9 * float(summary["loop_s"]) / agent_days)])
    if "peak_rss_bytes" in summary:
        rows.append(["memory [MB]", colors.words(float(summary["peak_rss_bytes"]) / 1e6)])
    rows.append(["ranks x threads", f"{record.get('ranks', run.results.attributes['n_ranks'])} x "
                                    f"{record.get('threads', run.results.attributes['threads'])}"])
    parts = _seconds(run)
    pictures = []
    if parts:
        top = sorted(parts.items(), key=lambda item: item[1])[-14:]
        trace = {"type": "bar", "orientation": "h", "x": numbers([value for _, value in top]), "name": "seconds",
                 "y": [name for name, _ in top], "marker": {"color": colors.kind(5)}}
        pictures = [Picture("Where the time went", "By substep and behavior, of the first seed.", [trace],
                            {"xaxis": {"title": {"text": "seconds"}, "type": "linear"}, "height": 130 + 22 * len(top),
                             "yaxis": {"automargin": True, "type": "category"}}, table=Table(["", ""], rows))]
        return Section("Speed", "", pictures)
    return Section("Speed", html=html_table(Table(["", ""], rows)))


def _seconds(run: Run) -> dict[str, float]:
    log = run.folder / "log.jsonl"
    if not run.path.is_dir() or not log.exists():
        return {}
    for text in log.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(text)
        except ValueError:
            continue  # a line that a crash cut
        if entry.get("event") == "simulated":
            return {key.removeprefix("seconds."): float(value) for key, value in entry.items()
                    if key.startswith("seconds.") and value}
    return {}


def _provenance(run: Run) -> Section:
    about, record = run.results.attributes, run.record
    rows = [["scenario", run.name], ["seeds", ", ".join(map(str, run.seeds[:12])) + (" …" if len(run.seeds) > 12 else "")],
            ["status", run.status], ["created", str(about.get("created", ""))],
            ["program", f"{about.get('software', '')} {about.get('version', '')}, commit {about.get('git_commit', '')}"],
            ["compiler", run.results.text("provenance/compiler") + " " + run.results.text("provenance/flags")],
            ["hosts", ", ".join(map(str, record.get("hosts", [])))],
            ["command", " ".join(map(str, record.get("command_line", [])))],
            ["random numbers", str(about.get("rng", ""))], ["content hash", str(about.get("content_hash", ""))],
            ["schema fingerprint", str(about.get("schema_fingerprint", ""))]]
    inputs = [[str(one.get("path", "")), str(one.get("sha256", ""))[:16] + "…", colors.words(int(one.get("bytes", 0)))]
              for one in record.get("inputs", [])]
    html = html_table(Table(["", ""], [row for row in rows if row[1].strip()]), "values")
    if inputs:
        html += "<details><summary>Files it read</summary>" + \
            html_table(Table(["file", "SHA-256", "bytes"], inputs)) + "</details>"
    return Section("Provenance", "The same scenario, seed and program give the same bits on any ranks and threads.", html=html)


STOCKS = {"hospital_beds", "unemployed"}  # whose days are not added up
RATES = {"unemployed/labor_force*100": "unemployment rate [%]"}  # as throng compare calls it
CURVES = ("infections", "deaths", "hospital_beds", "reported_cases", "unemployed", "initial_claims")
FIGURES = ("attack_rate", "infections", "deaths", "peak_infections", "reported_cases", "unemployment_rate")


def of_sweep(sweep: Sweep) -> tuple[str, Tiles, list[Section]]:
    table, done = sweep.table, sweep.table[sweep.table["status"] == "completed"]
    tiles: Tiles = [("points", colors.words(len(sweep.points))), ("runs", colors.words(len(table))),
                    ("completed", colors.words(len(done))), ("varied", ", ".join(sweep.parameters))]
    sections = [Section("Figures", "Medians over seeds, with the central 95 %.", _figures(sweep)),
                Section("Curves", "Medians over seeds of each point, with the central half and 95 %.", _curves(sweep))]
    shown = [name for name in FIGURES if name in sweep.figures] or sweep.figures[:6]
    rows = []
    for point in sorted({int(number) for number in done["point"]}):
        runs = done[done["point"] == point]
        varied = [str(sweep.points[key][point]) for key in sweep.parameters]
        rows.append([str(point), *varied, str(len(runs)), *(spread(runs[name].to_numpy(dtype=float)) for name in shown)])
    sections.append(Section("Points", html=html_table(
        Table(["point", *sweep.parameters, "seeds", *(name.replace("_", " ") for name in shown)], rows))))
    if len(sweep.failed):
        failed = [[str(cell) for cell in row] for row in sweep.failed[["point", "run_seed", "status", "message"]].values]
        sections.append(Section("Not completed", html=html_table(Table(["point", "seed", "status", "message"], failed))))
    return f"Sweep of {', '.join(sweep.parameters)}", tiles, [s for s in sections if s.pictures or s.html]


def _figures(sweep: Sweep) -> list[Picture]:
    pictures = []
    for name in FIGURES:
        if name not in sweep.figures:
            continue
        for parameter in sweep.parameters[:3]:
            q = sweep.figure_quantiles(name, q=(0.025, 0.5, 0.975))
            x = q[parameter].values
            numeric = np.asarray(x).dtype.kind in "iuf"
            trace = {"type": "scatter", "mode": "markers", "name": name, "y": numbers(q[1]),
                     "x": numbers(x) if numeric else [str(value) for value in x],
                     "error_y": {"type": "data", "symmetric": False, "array": numbers(q[2] - q[1]),
                                 "arrayminus": numbers(q[1] - q[0])}, "marker": {"color": colors.kind(0), "size": 9},
                     "cliponaxis": False}
            xaxis: dict[str, Any] = {"title": {"text": parameter}, "type": "linear" if numeric else "category"}
            pictures.append(Picture(f"{name.replace('_', ' ')} by {parameter}", "", [trace],
                                    {"xaxis": xaxis, **time_layout(name.replace("_", " "))}))
    return pictures


def _curves(sweep: Sweep) -> list[Picture]:
    first = sweep.run(int(sweep.table["point"].iloc[0]), int(sweep.table["run_seed"].iloc[0]))
    names = [name for name in CURVES if name in first] or [name for name in first.series_names if first[name].ndim == 1][:4]
    pictures = []
    most = 10  # points that one picture can show
    for name in names:
        values = sweep.series(name)
        days = Days(values["time"].values)
        traces: list[dict[str, Any]] = []
        for k, point in enumerate(values["point"].values[:most]):
            words = ", ".join(f"{key} {values[key].sel(point=point).item()}" for key in sweep.parameters)
            shade = colors.levels(min(most, values.sizes["point"]))[k]
            traces += band(days, weekly(values.sel(point=point).dropna("seed", how="all").values), words, shade)
        if any(np.isfinite([y for y in trace["y"] if y is not None]).any() for trace in traces):
            note = f"Weekly mean. The first {most} points." if values.sizes["point"] > most else "Weekly mean."
            pictures.append(Picture(name.replace("_", " "), note, traces, time_layout("people")))
    return pictures


def of_several(runs: list[Run]) -> tuple[str, Tiles, list[Section]]:
    if len(runs) < 2:
        raise InputError("report: one run alone is compared with nothing. Give two.")
    readers = [Reader(run) for run in runs]
    names = _distinct([str(run.scenario.get("title") or run.name) for run in runs], [str(run.path) for run in runs])
    tiles: Tiles = [("compared with", names[0]), ("others", "; ".join(names[1:])),
                    ("seeds", colors.words(len(runs[0].seeds)))]
    pictures = []
    for name in CURVES:
        if all(name in r for r in readers) and any(r.total(name).any() for r in readers):
            traces = [trace for k, r in enumerate(readers)
                      for trace in band(r.days, weekly(r.total(name)), names[k], colors.kind(k))]
            together = np.mean if name in STOCKS else np.sum
            rows = [[names[k], spread(together(r.total(name), axis=1)), spread(r.total(name).max(axis=1))]
                    for k, r in enumerate(readers)]
            pictures.append(Picture(name.replace("_", " "), "Weekly mean.", traces, time_layout("people"),
                                    table=Table(["", together.__name__, "peak"], rows)))
    sections = [Section("Curves", "", pictures), *_differences(runs, names)]
    for k, run in enumerate(runs):
        changes = _changes(run)
        changes.title = f"{names[k]}: what it changes"
        sections.append(changes)
    sections += [_provenance_of(run, name) for run, name in zip(runs, names)]
    return " / ".join(names), tiles, sections


def _distinct(names: list[str], paths: list[str]) -> list[str]:
    short = [Path(path).name for path in paths]
    return next((words for words in (names, short) if len(set(words)) == len(words)), paths)


def _provenance_of(run: Run, name: str) -> Section:
    section = _provenance(run)
    section.title = f"{name}: provenance"
    return section


def _differences(runs: list[Run], names: list[str]) -> list[Section]:
    try:
        found = compare(*runs)
    except CommandError as error:
        return [Section("Differences", f"Seed by seed they cannot be taken: {error}")]
    except InputError as error:
        return [Section("Differences", str(error))]
    total = found[(found["group"] == "total") & found["date"].isna() & found["measure"].isin(("sum", "mean", "peak"))]
    called = {str(run.path): name for run, name in zip(runs, names)}
    shown = [s for s in (*CURVES, *RATES, "stay_home_share", "money_spending") if s in set(total["series"])]
    rows = []
    for _, row in total[total["series"].isin(shown or list(total["series"])[:8])].iterrows():
        measures = set(total.loc[total["series"] == row["series"], "measure"])
        if row["measure"] == ("sum" if row["series"] in STOCKS else "mean") and {"sum", "mean"} <= measures:
            continue
        interval = "–" if np.isnan(row["low"]) else f"{colors.words(row['low'])} to {colors.words(row['high'])}"
        name = RATES.get(str(row["series"]), str(row["series"]).replace("_", " "))
        rows.append([called.get(str(row["run"]), str(row["run"])), name, str(row["measure"]),
                     colors.words(row["mean_a"]), colors.words(row["mean_b"]), colors.words(row["difference"]), interval,
                     colors.words(row["relative"], "%")])
    head = ["run", "series", "measure", names[0], "there", "difference", "95 %", "relative"]
    return [Section("Differences", f"From {names[0]}, seed by seed: runs of one seed share their luck. Of one pair no "
                    "interval is claimed.", _days(found, called), html_table(Table(head, rows)))]


def _days(found: pd.DataFrame, called: dict[str, str]) -> list[Picture]:
    pictures = []
    daily = found[(found["group"] == "total") & (found["measure"] == "value") & found["date"].notna()]
    for name in [name for name in CURVES if name in set(daily["series"])]:
        traces: list[dict[str, Any]] = []
        for k, (run, rows) in enumerate(daily[daily["series"] == name].groupby("run", sort=False)):
            days = Days(rows["date"].to_numpy())
            color, label = colors.kind(k + 1), called.get(str(run), str(run))
            if rows["low"].notna().any():
                edge: dict[str, Any] = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip",
                                        "showlegend": False, **days.x()}
                traces += [{**edge, "y": numbers(weekly(rows["low"].to_numpy()))},
                           {**edge, "y": numbers(weekly(rows["high"].to_numpy())), "fill": "tonexty",
                            "fillcolor": colors.light(color, 0.2)}]
            traces.append(line(days, weekly(rows["difference"].to_numpy()), label, color))
        if any(value for trace in traces for value in trace["y"]):
            pictures.append(Picture(f"Difference in {name.replace('_', ' ')}", "Of the day, weekly mean; the band is the mean "
                                    "of daily 95 % intervals.", traces, {"yaxis": {"title": {"text": "people"}}}))
    return pictures


# ---- the page --------------------------------------------------------------------------------------

def page(title: str, tiles: Tiles, sections: list[Section]) -> str:
    """All of it as HTML."""
    charts: list[dict[str, Any]] = []
    body = "".join(_section(k, section, charts) for k, section in enumerate(sections))
    links = "".join(f'<a href="#s{k}">{escape(section.title)}</a>' for k, section in enumerate(sections))
    boxes = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in tiles)
    data = json.dumps(charts, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    library = needed("plotly.offline", "report").get_plotlyjs() if charts else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><link rel="icon" href="data:,"><style>{_resource("page.css")}</style></head>
<body><header><h1>{escape(title)}</h1><dl class="tiles">{boxes}</dl><nav>{links}</nav></header>
<main>{body}</main><footer>Made by throng report; this file needs no network.</footer>
<script type="application/json" id="charts">{data}</script>
<script>{library}</script><script>{_resource("page.js")}</script></body></html>
"""


def _resource(name: str) -> str:
    return resources.files("throng").joinpath(name).read_text(encoding="utf-8")


def _section(index: int, section: Section, charts: list[dict[str, Any]]) -> str:
    text = f"<p>{escape(section.text)}</p>" if section.text else ""
    return f'<section id="s{index}"><h2>{escape(section.title)}</h2>{text}' + \
        "".join(_figure(picture, charts) for picture in section.pictures) + section.html + "</section>"


def _figure(picture: Picture, charts: list[dict[str, Any]]) -> str:
    shown = f'<div class="drawing">{picture.drawing}</div>'
    if not picture.drawing:
        height = f' style="min-height:{picture.layout["height"]}px"' if "height" in picture.layout else ""
        shown = f'<div class="chart" id="c{len(charts)}"{height} role="img" aria-label="{escape(picture.title)}"></div>'
        dated = any(isinstance(trace.get("x0"), str) for trace in picture.traces)
        layout = {**({"xaxis": {"type": "date"}} if dated else {}), **picture.layout}
        charts.append({"data": picture.traces, "layout": layout})
    note = f"<p>{escape(picture.note)}</p>" if picture.note else ""
    beside = html_table(picture.table) if picture.table and picture.table.rows else ""
    return f'<figure><figcaption><h3>{escape(picture.title)}</h3>{note}</figcaption>' \
           f'<div class="beside">{shown}{beside}</div></figure>'
