"""Results by neighborhood: from a snapshot of people, as a table, as GeoJSON, as a map."""
from __future__ import annotations

import functools
import html
import json
import os
from importlib import resources
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from . import colors
from .errors import InputError, needed
from .files import Array, When

if TYPE_CHECKING:
    import pandas as pd

    from .runs import Run

PEOPLE = ["person.neighborhood", "epidemic.stage"]
LABOR = "labor.status"
UNEMPLOYED = ("temporary_layoff", "unemployed")


@functools.cache
def shapes() -> dict[str, dict[str, Any]]:
    """Features of New York's 262 neighborhoods (NTA2020) by their codes, as GeoJSON."""
    text = resources.files("throng").joinpath("nyc_neighborhoods.json").read_text(encoding="utf-8")
    return {str(feature["id"]): feature for feature in json.loads(text)["features"]}


def by_neighborhood(run: Run, when: When | None = None, replicate: int | None = None) -> pd.DataFrame:
    """A row for each neighborhood, by its code: name, people (who were there at the beginning),
    infected (until the snapshot), attack_rate, and where people work labor_force, unemployed,
    unemployment_rate. Where nobody lives rates are NaN."""
    pandas = needed("pandas", "frames")
    people = run.snapshot(when, "person", PEOPLE, replicate)
    if not hasattr(people["person.neighborhood"], "cat"):
        raise InputError(f"{run.path}: its neighborhoods have no names (they are of no city). "
                         "Use run.snapshot() and its numbers.")
    codes = list(people["person.neighborhood"].cat.categories)
    home = people["person.neighborhood"].cat.codes.to_numpy()

    def count(rows: Array) -> Array:
        counts: Array = np.bincount(home[rows], minlength=len(codes))
        return counts

    frame: pd.DataFrame = pandas.DataFrame({"name": [_name(code) for code in codes]}, index=pandas.Index(codes, name="neighborhood"))
    frame["people"] = count(np.ones(len(home), dtype=bool))
    frame["infected"] = count((people["epidemic.stage"] != "susceptible").to_numpy())
    frame["attack_rate"] = frame["infected"] / frame["people"].where(frame["people"] > 0)
    try:
        status = run.snapshot(when, "person", [LABOR], replicate)[LABOR]
    except InputError:
        status = None
    if status is not None:
        frame["unemployed"] = count(status.isin(UNEMPLOYED).to_numpy())
        frame["labor_force"] = frame["unemployed"] + count((status == "employed").to_numpy())
        frame["unemployment_rate"] = frame["unemployed"] / frame["labor_force"].where(frame["labor_force"] > 0)
    frame.attrs = {"doc": people.attrs["doc"], "units": {"attack_rate": "1", "unemployment_rate": "1"}}
    return frame


def _name(code: str) -> str:
    return str(shapes()[code]["properties"]["name"]) if code in shapes() else code


def has_map(frame: pd.DataFrame) -> bool:
    return any(code in shapes() for code in frame.index)


def of_all_seeds(run: Run, when: When | None = None) -> pd.DataFrame:
    """`by_neighborhood` of every seed, the first after the other, told apart by a column `replicate`;
    of a run of one seed it has no such column."""
    if len(run.seeds) == 1:
        return by_neighborhood(run, when)
    parts = [by_neighborhood(run, when, replicate) for replicate in range(len(run.seeds))]
    for replicate, part in enumerate(parts):
        part.insert(0, "replicate", replicate)
    whole: pd.DataFrame = needed("pandas", "frames").concat(parts)
    return whole


def to_csv(frame: pd.DataFrame, path: str | os.PathLike[str] | IO[str]) -> None:
    """Writes a table by neighborhood as CSV (RFC 4180): nothing for NaN, numbers to the last bit."""
    frame.to_csv(path, lineterminator="\r\n")


def to_geojson(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Writes a table by neighborhood as GeoJSON (RFC 7946), its columns as properties."""
    if not has_map(frame):
        raise InputError(f"{path}: no row of the table is a neighborhood of New York. Give by_neighborhood(run).")
    features = []
    for code, row in frame.iterrows():
        if code in shapes():
            values = {key: _plain(value) for key, value in row.items()}
            features.append({**shapes()[str(code)], "properties": values})
    Path(path).write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


def svg(frame: pd.DataFrame, column: str, title: str) -> str:
    """A map as SVG, dark to light from the smallest to the largest; a name and a number for each
    neighborhood under the pointer."""
    values = frame[column]
    low, high = float(np.nanquantile(values, 0.02)), float(np.nanquantile(values, 0.98))
    west, north, east, south = -74.258, 40.918, -73.698, 40.494
    width, height = 640.0, 640.0 * (north - south) / (east - west) / 0.758  # cosine of the latitude
    shapes_of = []
    for code, feature in shapes().items():
        value = float(values.get(code, np.nan))
        color = colors.MISSING if np.isnan(value) else colors.level((value - low) / max(high - low, 1e-12))
        rings = (ring for polygon in feature["geometry"]["coordinates"] for ring in polygon)
        outline = "".join("M" + "L".join(f"{(x - west) / (east - west) * width:.1f},"
                                         f"{(north - y) / (north - south) * height:.1f}" for x, y in ring[:-1]) + "Z"
                          for ring in rings)
        label = html.escape(f"{feature['properties']['name']}: {colors.words(value, '%')}")
        shapes_of.append(f'<path d="{outline}" fill="{color}"><title>{label}</title></path>')
    scale = "".join(f'<rect x="{20 + 20 * i}" y="28" width="20" height="20" fill="{colors.level(i / 9)}"/>'
                    for i in range(10))
    return (f'<svg class="map" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{html.escape(title)}" '
            f'xmlns="http://www.w3.org/2000/svg"><g stroke="#fff" stroke-width="0.6" fill-rule="evenodd">'
            f'{"".join(shapes_of)}</g><g font-family="sans-serif" font-size="22" fill="#333">'
            f'{scale}<text x="20" y="74">{colors.words(low, "%")}</text><text x="220" y="74" text-anchor="end">{colors.words(high, "%")}</text></g></svg>')
