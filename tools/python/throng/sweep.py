"""A sweep: its table of points, and series of all its runs."""
from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .errors import InputError, needed, unknown
from .runs import Run

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_KEYS = ("point", "replicate", "run_seed")
MARGIN = (0.025, 0.25, 0.5, 0.75, 0.975)


class Sweep:
    """The folder that `throng sweep --out` made."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not (self.path / "results.csv").exists():
            raise InputError(f"{self.path}: is no sweep (it has no results.csv). Give the --out of throng sweep.")

    def __repr__(self) -> str:
        return f"<throng.Sweep {self.path}: {len(self.points)} points>"

    @functools.cached_property
    def table(self) -> pd.DataFrame:
        """A row for each run: point, replicate, seed, what was varied, how it ended, its figures."""
        try:
            frame: pd.DataFrame = needed("pandas", "frames").read_csv(self.path / "results.csv")
        except ValueError as error:
            raise InputError(f"{self.path}/results.csv: cannot be read ({error}). Go on with the sweep: "
                             f"throng sweep --resume {self.path}.") from error
        for name in (*_KEYS, "status"):
            if name not in frame:
                raise InputError(f"{self.path}/results.csv: has no column '{name}' (it is of another program). "
                                 "Give the --out of throng sweep.")
        return frame

    @property
    def parameters(self) -> list[str]:
        """What was varied."""
        columns = list(self.table.columns)
        return columns[columns.index("run_seed") + 1:columns.index("status")]

    @property
    def figures(self) -> list[str]:
        """Figures of a run that are numbers: attack rate, deaths, ..."""
        columns = list(self.table.columns)
        rest = self.table[columns[columns.index("seed") + 1:]] if "seed" in columns else self.table.iloc[:, :0]
        return [str(name) for name in rest.select_dtypes("number").columns]

    @property
    def points(self) -> pd.DataFrame:
        """What was varied, by point."""
        return self.table.drop_duplicates("point").set_index("point")[self.parameters]

    @property
    def failed(self) -> pd.DataFrame:
        """Runs that did not come to their end, with what they said."""
        return self.table[self.table["status"] != "completed"]

    def run(self, point: int, seed: int) -> Run:
        """One of the runs."""
        folder = self.path / "points" / f"{point:04d}" / f"seed-{seed}"
        if not folder.is_dir():
            raise InputError(f"{folder}: is not there (the sweep has no such point or seed). See Sweep.table.")
        return Run(folder)

    def series(self, name: str, *by: str) -> xr.DataArray:
        """A series of all completed runs: [point, seed, time, labels of `by`]. Counts are added up
        over labels that `by` does not name."""
        xarray = needed("xarray", "frames")
        done = self._completed()
        points = []
        numbers = sorted({int(point) for point in done["point"]})
        for point in numbers:
            seeds = [int(seed) for seed in done.loc[done["point"] == point, "run_seed"]]
            runs = [self.run(point, seed) for seed in seeds]
            values = [run.total(name, *by) if run[name].dtype.kind != "f" else run[name] for run in runs]
            points.append(xarray.concat(values, dim="seed", join="outer").assign_coords(seed=seeds))
        together: xr.DataArray = xarray.concat(points, dim="point", join="outer").assign_coords(point=numbers)
        return together.assign_coords({key: ("point", self.points.loc[numbers, key]) for key in self.parameters})

    def quantiles(self, name: str, *by: str, q: tuple[float, ...] = MARGIN) -> xr.DataArray:
        """Of a series over the seeds of each point: [quantile, point, time, labels of `by`]."""
        done = self._completed()
        known = self.run(int(done["point"].iloc[0]), int(done["run_seed"].iloc[0])).series_names
        if name not in known:
            raise unknown(self.path, "series", name, known)
        return self.series(name, *by).quantile(list(q), dim="seed")

    def figure_quantiles(self, name: str, q: tuple[float, ...] = MARGIN) -> xr.DataArray:
        """Of a figure of the table over the seeds of each point: [quantile, point]."""
        if name not in self.figures:
            raise unknown(self.path, "figure", name, self.figures)
        found = self._completed().groupby("point")[name].quantile(np.array(q)).unstack()
        array: xr.DataArray = needed("xarray", "frames").DataArray(
            found.to_numpy().T, dims=["quantile", "point"],
            coords={"quantile": list(q), "point": found.index.to_numpy()}, name=name)
        return array.assign_coords({key: ("point", self.points.loc[found.index, key]) for key in self.parameters})

    def _completed(self) -> pd.DataFrame:
        done = self.table[self.table["status"] == "completed"]
        if not len(done):
            raise InputError(f"{self.path}: has no run that came to its end. See Sweep.failed.")
        return done
