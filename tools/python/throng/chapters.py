"""The chapters of a run's report: what there is of it becomes pictures, what there is not is left out."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import colors, neighborhoods
from .files import Array
from .pictures import (Days, Picture, Section, Table, band, line, median, numbers, shares_layout, spread, time_layout,
                       weekly)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .runs import Run


class Reader:
    """Series of a run as [seed, time, label], whether it has one seed or several."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.names = set(run.series_names)
        self.shown: set[str] = set()
        self._read: dict[tuple[str, ...], Array] = {}
        self.days = Days(run.results.axes(run.results.file[f"series/{run.series_names[0]}"])
                         [1 if len(run.seeds) > 1 or "series/replicate" in run.results.file else 0][1])

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def labels(self, name: str, axis: str) -> list[str]:
        series = self.run[name]
        return [str(label) for label in series[axis].values] if axis in series.dims else []

    def total(self, name: str, *by: str) -> Array:
        """A count added up but for labels of `by`: [seed, time, ...]."""
        self.shown.add(name)
        key = (name, *by)
        if key not in self._read:
            self._read[key] = self._with_seed(self.run.total(name, *by))
        return self._read[key]

    def value(self, name: str) -> Array:
        """A series as it is: [seed, time, ...]."""
        self.shown.add(name)
        return self._with_seed(self.run[name])

    @staticmethod
    def _with_seed(series: xr.DataArray) -> Array:
        values: Array = series.values.astype(float)
        return values if "replicate" in series.dims else values[np.newaxis]

    def people(self, by: str) -> Array | None:
        """People at the beginning by label."""
        if "people_by_stage" not in self.names or by not in self.run["people_by_stage"].dims:
            return None
        counts: Array = self.total("people_by_stage", by)[0, 0]
        return counts


def epidemic(r: Reader) -> list[Section]:
    if "infections" not in r:
        return []
    if not r.total("infections").any():
        r.shown |= {"people_by_stage", "infections_by_layer", "cohort_r", "instantaneous_r"}
        return [Section("Epidemic", "Nobody was infected.")]
    found = [Picture("Infections of the day", "", band(r.days, r.total("infections"), "infections", colors.kind(0)),
                     time_layout("people"), table=_totals(r, ["infections", "reported_cases", "deaths"]))]
    if "reported_cases" in r and r.total("reported_cases").any():
        found[0].traces += band(r.days, weekly(r.total("reported_cases")), "reported, weekly mean", colors.kind(1))
    if "deaths" in r and r.total("deaths").any():
        deaths = r.total("deaths")
        found.append(Picture("Deaths of the day", "Weekly mean.", band(r.days, weekly(deaths), "deaths", colors.kind(3)),
                             time_layout("people"), table=_by_label(r, "deaths", "age_band")))
    for axis, title, palette in (("borough", "by borough", colors.KINDS), ("age_band", "by age", None)):
        found += _rates(r, axis, title, palette)
    if "infections_by_layer" in r:
        found.append(_layers(r))
    note = f"Lines are medians of {len(r.run.seeds)} seeds, bands hold the central half and 95 % of them." \
        if len(r.run.seeds) > 1 else ""
    return [Section("Epidemic", note, found)]


def _totals(r: Reader, names: list[str]) -> Table:
    rows = []
    for name in names:
        if name in r:
            values = r.total(name)
            peak = int(np.argmax(median(values)))
            rows.append([name.replace("_", " "), spread(values.sum(axis=1)), spread(values.max(axis=1)), r.days.name(peak)])
    return Table(["", "sum", "peak of a day", "when"], rows)


def _by_label(r: Reader, name: str, axis: str) -> Table | None:
    labels, people = r.labels(name, axis), r.people(axis)
    if not labels or people is None:
        return None
    sums = r.total(name, axis).sum(axis=1)
    rows = [[label, spread(sums[:, k]), colors.words(1e5 * float(np.median(sums[:, k])) / max(1.0, people[k]))]
            for k, label in enumerate(labels) if people[k] > 0]
    return Table([axis.replace("_", " "), name, "per 100,000"], rows)


def _rates(r: Reader, axis: str, title: str, palette: list[str] | None) -> list[Picture]:
    labels, people = r.labels("infections", axis), r.people(axis)
    if len(labels) < 2 or people is None:
        return []
    daily = weekly(median(r.total("infections", axis)), axis=0)
    shades = palette or colors.levels(len(labels))
    traces = [line(r.days, 1e5 * daily[:, k] / people[k], label, shades[k % len(shades)])
              for k, label in enumerate(labels) if people[k] > 0]
    return [Picture(f"Infections {title}", "A day and 100,000 people of the group, weekly mean.", traces,
                    time_layout("per 100,000"), table=_by_label(r, "infections", axis))]


def _layers(r: Reader) -> Picture:
    labels, values = r.labels("infections_by_layer", "layer"), median(r.value("infections_by_layer"))
    used = [k for k in range(len(labels)) if values[:, k].any()]
    daily = weekly(values, axis=0)
    traces = [line(r.days, daily[:, k], labels[k], colors.kind(at), stackgroup="layer", line={"width": 0.5},
                   fillcolor=colors.light(colors.kind(at), 0.75)) for at, k in enumerate(used)]
    total = max(1.0, float(values.sum()))
    rows = [[labels[k], colors.words(float(values[:, k].sum())), colors.words(float(values[:, k].sum()) / total, "%")]
            for k in used]
    return Picture("Where infections happen", "By layer of contact, weekly mean.", traces, time_layout("people"),
                   table=Table(["layer", "infections", "share"], rows))


def maps(r: Reader) -> list[Section]:
    run = r.run
    if "person" not in run.kinds:
        asks = "A map needs a snapshot of people: --set output.snapshots=[DATE]."
        return [Section("Neighborhoods", asks)] if "epidemic" in run.scenario and \
            run.scenario.get("population", {}).get("kind") == "city" else []
    try:
        frame = neighborhoods.by_neighborhood(run)
    except ValueError:
        return []
    if not neighborhoods.has_map(frame):
        return []
    day = r.days.name(min(len(r.days.time) - 1, run.snapshot_steps("person")[-1]))
    lived_in = frame[frame["people"] >= 100]
    found = [_map(lived_in, "attack_rate", "infected", f"Attack rate until {day}")]
    if "unemployment_rate" in frame:
        found.append(_map(lived_in[lived_in["labor_force"] >= 50], "unemployment_rate", "unemployed",
                          f"Unemployment on {day}"))
    return [Section("Neighborhoods", "New York's 262 neighborhoods; gray: fewer than 100 people. Touch one for its name.",
                    found)]


def _map(frame: pd.DataFrame, column: str, count: str, title: str) -> Picture:
    ordered = frame.sort_values(column, ascending=False)
    ends = [*ordered.head(8).iterrows(), *ordered.tail(5).iterrows()]
    rows = [[str(row["name"]), colors.words(float(row[count])), colors.words(float(row[column]), "%")] for _, row in ends]
    rows.insert(8, ["…", "", ""])
    return Picture(title, "The highest and the lowest beside it.", drawing=neighborhoods.svg(frame, column, title),
                   table=Table(["neighborhood", count, column.replace("_", " ")], rows))


FEW = 5  # infections a day, below which R is noise


def reproduction(r: Reader) -> list[Section]:
    if "infections" not in r or not {"cohort_r", "instantaneous_r"} & r.names or not r.total("infections").any():
        return []
    traces, rows = [], []
    few = weekly(median(r.total("infections"))) < FEW
    for at, (name, words) in enumerate((("instantaneous_r", "instantaneous"), ("cohort_r", "by cohort"))):
        values = r.value(name).copy() if name in r else np.full((1, len(few)), np.nan)
        if np.isfinite(values[:, ~few]).any():
            values[:, few[:values.shape[1]]] = np.nan
            values = np.where(np.isfinite(values), weekly(values), np.nan)
            traces += band(r.days, values, words, colors.kind(at))
            under = np.flatnonzero(median(values) < 1)
            first = np.flatnonzero(np.isfinite(median(values)))
            rows.append([words, colors.words(float(np.nanmax(median(values)))),
                         r.days.name(int(under[under > first[0] + 7][0])) if (under > first[0] + 7).any() else "–"])
    one = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": "#777", "dash": "dot"}}
    pictures = [Picture("Reproduction number", "People infected by one: those infected on the day (by cohort), and the "
                        "day's infections over the pressure of past ones (Cori et al. 2013). Weekly mean; weeks with fewer than "
                        f"{FEW} infections a day are left out.", traces, time_layout("R", shapes=[one]),
                        table=Table(["", "highest", "below 1 since"], rows))]
    if "generation_time" in r.run.table_names:
        pictures.append(_generation(r))
    return [Section("Reproduction", "", [p for p in pictures if p.traces])]


def _generation(r: Reader) -> Picture:
    table = r.run.table("generation_time")
    counts = table.groupby("days")["infections"].sum()
    if counts.sum() == 0:
        return Picture("Generation time")
    days, share = counts.index.to_numpy(), counts.to_numpy() / counts.sum()
    mean = float((days * share).sum())
    sd = float(np.sqrt((share * (days - mean) ** 2).sum()))
    last = int(np.flatnonzero(np.cumsum(share) > 0.995)[0]) + 2
    return Picture("Generation time", "Days from an infector's infection to the infection.",
                   [{"type": "bar", "x": numbers(days[:last]), "y": numbers(share[:last]), "name": "share",
                     "marker": {"color": colors.kind(2)}}],
                   {"xaxis": {"title": {"text": "days"}, "type": "linear"}, **shares_layout("share of infections")},
                   table=Table(["", "days"], [["mean", colors.words(mean)], ["standard deviation", colors.words(sd)]]))


def hospital(r: Reader) -> list[Section]:
    if "hospital_beds" not in r or not r.total("hospital_beds").any():
        return []
    beds = Picture("Beds in use", "Critical care is part of hospital beds.",
                   band(r.days, r.total("hospital_beds"), "hospital", colors.kind(0)), time_layout("people"),
                   table=_peaks(r, ["hospital_beds", "critical_beds"]))
    beds.traces += band(r.days, r.total("critical_beds"), "critical care", colors.kind(3)) if "critical_beds" in r else []
    pictures = [beds]
    if "admissions" in r:
        pictures.append(Picture("Admissions of the day", "Weekly mean.",
                                band(r.days, weekly(r.total("admissions")), "admissions", colors.kind(1)),
                                time_layout("people"), table=_by_label(r, "admissions", "age_band")))
    return [Section("Hospitals", "", pictures)]


def _peaks(r: Reader, names: list[str]) -> Table:
    rows = [[name.replace("_", " "), spread(r.total(name).max(axis=1)), r.days.name(int(np.argmax(median(r.total(name)))))]
            for name in names if name in r]
    return Table(["", "peak", "when"], rows)


def labor(r: Reader) -> list[Section]:
    if "unemployed" not in r or "labor_force" not in r or not r.total("labor_force").any():
        return []
    pictures = [_unemployment(r), *_flows(r), *_sectors(r), *_money(r)]
    return [Section("Work and income", "", pictures)]


def _unemployment(r: Reader) -> Picture:
    rate = r.total("unemployed") / r.total("labor_force")
    traces = band(r.days, rate, "all", colors.KINDS[-1])
    rows = [["all", spread(rate[:, 0], "%"), spread(rate.max(axis=1), "%"), spread(rate[:, -1], "%")]]
    if "unemployment_rate" in r:
        values = r.value("unemployment_rate")
        for k, label in enumerate(r.labels("unemployment_rate", "borough")):
            if len(r.labels("unemployment_rate", "borough")) > 1 and np.isfinite(values[:, :, k]).any():
                traces.append(line(r.days, median(values)[:, k], label, colors.kind(k), line={"width": 1.3}))
                rows.append([label, *(spread(values[:, :, k][:, at], "%") for at in (0,)),
                             spread(np.nanmax(values[:, :, k], axis=1), "%"), spread(values[:, -1, k], "%")])
    return Picture("Unemployment rate", "", traces, shares_layout("of the labor force"),
                   table=Table(["", "first", "highest", "last"], rows))


def _flows(r: Reader) -> list[Picture]:
    names = [n for n in ("temporary_layoffs", "permanent_layoffs", "recalls", "hires", "initial_claims")
             if n in r and r.total(n).any()]
    traces = [line(r.days, weekly(median(r.total(n))), n.replace("_", " "), colors.kind(k)) for k, n in enumerate(names)]
    return [Picture("Layoffs, recalls, hires, claims", "A day, weekly mean.", traces, time_layout("people"),
                    table=_totals(r, names))] if names else []


SECTORS = {"11": "agriculture", "21": "mining", "22": "utilities", "23": "construction", "31-33": "manufacturing",
           "42": "wholesale", "44-45": "retail", "48-49": "transport", "51": "information", "52": "finance",
           "53": "real estate", "54": "professional services", "55": "management", "56": "administrative services",
           "61": "education", "62": "health care", "71": "arts, entertainment", "72": "hotels, restaurants",
           "81": "other services", "92": "public administration"}  # NAICS


def _sectors(r: Reader) -> list[Picture]:
    if "staff" not in r or not r.labels("staff", "sector"):
        return []
    staff = median(r.value("staff"))
    used = [k for k in range(staff.shape[1]) if staff[0, k] >= 20]
    left = {k: float(staff[:, k].min() / staff[0, k]) for k in used}
    order = sorted(used, key=lambda k: -left[k])
    labels = r.labels("staff", "sector")
    rows = [[SECTORS.get(labels[k], labels[k]), colors.words(float(staff[0, k])), colors.words(left[k], "%"),
             colors.words(float(staff[-1, k] / staff[0, k]), "%")] for k in reversed(order)]
    trace = {"type": "bar", "orientation": "h", "x": numbers([left[k] for k in order]),
             "y": [SECTORS.get(labels[k], labels[k]) for k in order], "marker": {"color": colors.kind(5)}, "name": "lowest staff"}
    return [Picture("Staff by sector at its lowest", "Of the staff on the first day.", [trace],
                    {"xaxis": {"tickformat": ".0%", "type": "linear"}, "yaxis": {"automargin": True, "type": "category"},
                     "height": 130 + 19 * len(order)},
                    table=Table(["sector", "first", "lowest", "last"], rows))] if order else []


def _money(r: Reader) -> list[Picture]:
    names = [n for n in ("money_wages", "money_benefits", "money_stimulus", "money_pensions")
             if n in r and r.total(n).any()]
    if not names:
        return []
    traces, rows = [], []
    months, when = np.unique([r.days.name(day)[:7] for day in range(len(r.days.time))], return_inverse=True)
    for k, name in enumerate(names):
        billions = median(r.total(name)) / 1e11  # of cents
        words = name.removeprefix("money_").replace("stimulus", "single payments")
        traces.append({"type": "bar", "name": words, "marker": {"color": colors.kind(k)}, "x": [str(m) for m in months],
                       "y": numbers(np.bincount(when, weights=billions))})
        rows.append([words, colors.words(float(billions.sum()))])
    layout = {"barmode": "stack", "xaxis": {"type": "category"}, **time_layout("billion USD")}
    return [Picture("What people are paid", "By month.", traces, layout, table=Table(["", "billion USD"], rows))] \
        if r.days.dated else []


def decisions(r: Reader) -> list[Section]:
    found = []
    for name in r.run.decision_names:
        r.shown.add(f"{name}_share")
        frame, epochs = r.run.decisions(name), r.run.epochs(name)
        if "replicate" in frame:
            frame, epochs = frame[frame["replicate"] == 0], epochs[epochs["replicate"] == 0]
        pictures = [_audits(epochs), *_shares(frame), _rungs(frame)]
        cost = r.run.record.get("decisions", {})
        asked = r.run.scenario.get("decision", {}).get(name, {})
        answers = [["who answered", str(cost.get("provider") or asked.get("provider") or "–")],
                   ["model", str(cost.get("model") or "–")], ["questions", colors.words(int(epochs["questions"].sum()))],
                   ["on a fallback", colors.words(float(epochs["degraded"].sum() / max(1, epochs["people"].sum())), "%")],
                   ["cost", colors.words(float(cost.get("cost", 0.0)))]]
        pictures[-1].table = Table(["", ""], [*(pictures[-1].table or Table([], [])).rows, *answers])
        text = "Of the first seed." if len(r.run.seeds) > 1 else ""
        found.append(Section(f"Decisions: {name.replace('_', ' ')}", text, pictures))
    return found


ALIKE = 0.02  # shares of groups that never differ by more need no picture


def _x(values: Any) -> list[Any]:
    series = np.asarray(values)
    return [str(day)[:10] for day in series] if series.dtype.kind == "M" else [int(step) for step in series]


def _audits(epochs: pd.DataFrame) -> Picture:
    when = _x(epochs["in_force_date" if "in_force_date" in epochs else "in_force"])
    share = epochs["mean_share"].to_numpy()
    traces: list[dict[str, Any]] = [{"type": "scatter", "mode": "lines+markers", "name": "archetypes", "x": when,
                                     "y": numbers(share), "marker": {"size": 4}, "line": {"color": colors.kind(0)}}]
    audited = epochs["audits"].to_numpy() > 0
    note = "Share of the people who act. Nobody was audited."
    if audited.any():
        corrected = share + epochs["correction"].to_numpy()
        error = 1.96 * epochs["error"].to_numpy()
        traces.append({"type": "scatter", "mode": "markers", "name": "as audits say, 95 %",
                       "x": [x for x, a in zip(when, audited) if a], "y": numbers(corrected[audited]),
                       "error_y": {"type": "data", "array": numbers(error[audited]), "thickness": 1},
                       "marker": {"color": colors.kind(3), "size": 5}})
        note = "Share of the people who act; and what people asked in full make of it, with 95 % intervals."
    rows = [["lowest", colors.words(float(np.nanmin(share)), "%")], ["highest", colors.words(float(np.nanmax(share)), "%")],
            ["last", colors.words(float(share[-1]), "%")], ["times asked", str(len(share))],
            ["audits", colors.words(int(epochs["audits"].sum()))]]
    return Picture("Share of all people", note, traces, shares_layout(), table=Table(["", ""], rows))


def _shares(frame: pd.DataFrame) -> list[Picture]:
    pictures = []
    day = "in_force_date" if "in_force_date" in frame else "in_force"
    for feature in ("age", "borough", "income", "place", "sex"):
        if feature not in frame:
            continue
        weighted = frame.assign(acting=frame["share"] * frame["mass"])
        groups = weighted.groupby([day, feature], observed=True)[["acting", "mass"]].sum()
        shares = (groups["acting"] / groups["mass"].where(groups["mass"] > 0)).unstack(feature)
        if shares.shape[1] < 2 or (shares.max(axis=1) - shares.min(axis=1)).max() < ALIKE:
            continue
        shades = colors.levels(shares.shape[1]) if feature in ("age", "income") else colors.KINDS
        traces = [{"type": "scatter", "mode": "lines", "name": str(label), "x": _x(shares.index),
                   "y": numbers(shares[label]), "line": {"color": shades[k % len(shades)], "width": 2}}
                  for k, label in enumerate(shares.columns)]
        rows = [[str(label), colors.words(float(shares[label].min()), "%"), colors.words(float(shares[label].max()), "%")]
                for label in shares.columns]
        pictures.append(Picture(f"Share by {feature}", "Archetypes weighted by their people.", traces, shares_layout(),
                                table=Table([feature, "lowest", "highest"], rows)))
    return pictures


RUNGS = {"live": "asked", "cache": "cache", "cassette": "recorded", "surrogate": "surrogate", "last": "last answer",
         "rule": "rule", "none": "none"}


def _rungs(frame: pd.DataFrame) -> Picture:
    day = "in_force_date" if "in_force_date" in frame else "in_force"
    mass = frame.groupby([day, "rung"], observed=True)["mass"].sum().unstack("rung").fillna(0)
    share = mass.div(mass.sum(axis=1).where(mass.sum(axis=1) > 0), axis=0)
    traces = [{"type": "bar", "name": RUNGS.get(str(rung), str(rung)), "x": _x(share.index), "y": numbers(share[rung]),
               "marker": {"color": colors.kind(k)}} for k, rung in enumerate(share.columns)]
    total = mass.sum()
    rows = [[RUNGS.get(str(rung), str(rung)), colors.words(float(total[rung] / max(1.0, total.sum())), "%")]
            for rung in share.columns]
    return Picture("Where the numbers came from", "People by the rung that decided for them.", traces,
                   {"barmode": "stack", "bargap": 0.05, **shares_layout("people")},
                   table=Table(["rung", "people and times"], rows))


def rest(r: Reader) -> list[Section]:
    """Series that no other chapter shows: of other models all there are."""
    pictures = []
    quiet = {"not_searching", "temporary_layoff", "employed", "separations", "turned_permanent", "vacancies",
             "works_share", "critical_admissions"}
    for name in r.run.series_names:
        if name in r.shown or name.startswith("money_") or (name in quiet and "infections" in r):
            continue
        series = r.run[name]
        axes = [str(axis) for axis in series.dims if axis not in ("time", "replicate")]
        if len(axes) > 1:
            continue
        values = r.value(name)
        labels = [str(label) for label in series[axes[0]].values] if axes else [name.replace("_", " ")]
        values = values if axes else values[:, :, np.newaxis]
        traces = [trace for k, label in enumerate(labels[:8]) for trace in band(r.days, values[:, :, k], label, colors.kind(k))]
        rows = [[label, spread(values[:, 0, k]), spread(np.nanmax(values[:, :, k], axis=1)), spread(values[:, -1, k])]
                for k, label in enumerate(labels[:8])]
        pictures.append(Picture(name.replace("_", " "), str(series.attrs.get("long_name", "")), traces,
                                time_layout(str(series.attrs.get("units", "1"))),
                                table=Table(["", "first", "highest", "last"], rows)))
    return [Section("More series" if r.shown & {"infections", "unemployed"} else "Series", "", pictures)] if pictures else []


def html_table(table: Table, kind: str = "") -> str:
    """`kind`: "values" where rows are names and what they are; on a phone these stand below their name."""
    from html import escape
    head = "" if not any(table.head) else \
        "<thead><tr>" + "".join(f"<th>{escape(str(cell))}</th>" for cell in table.head) + "</tr></thead>"
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f'<div class="scroll"><table class="{kind}">{head}<tbody>{body}</tbody></table></div>'
