"""Who infected whom: trees, generation intervals and reproduction numbers from a log."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InputError, needed
from .files import Array, Clock

if TYPE_CHECKING:
    import pandas as pd

    from .runs import Run

NOBODY = -1  # the source of infections from outside of the population


class TransmissionTree:
    """Infections with their infectors. Everybody is infected once at most."""

    def __init__(self, step: Array, target: Array, source: Array, layer: pd.Categorical, place: Array,
                 clock: Clock, steps: int) -> None:
        """Sorted by step. `source` is NOBODY for infections from outside; `steps`: of the run, and one."""
        self.step, self.target, self.source = step, target, source
        self.layer, self.place, self.clock, self.steps = layer, place, clock, steps
        order = np.argsort(target, kind="stable")
        at = np.searchsorted(target[order], source)
        at = np.minimum(at, max(0, len(target) - 1))
        found = (source != NOBODY) & (target[order][at] == source) if len(target) else np.zeros(0, dtype=bool)
        #: Row of the infector's own infection, -1 where it is from outside or before the log.
        self.infector: Array = np.where(found, order[at], -1) if len(target) else np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.step)

    @property
    def intervals(self) -> Array:
        """Generation intervals: days from the infector's infection to one's own, of all who have one [day]."""
        known = self.infector >= 0
        days: Array = self.step[known].astype(np.int64) - self.step[self.infector[known]]
        return days

    @property
    def offspring(self) -> Array:
        """How many each row has infected."""
        counts: Array = np.bincount(self.infector[self.infector >= 0], minlength=len(self))
        return counts

    def frame(self) -> pd.DataFrame:
        """A row for each infection: step, date, target, source, layer, place, interval, offspring, generation."""
        pandas = needed("pandas", "frames")
        interval = np.full(len(self), np.nan)
        interval[self.infector >= 0] = self.intervals
        found: pd.DataFrame = pandas.DataFrame({
            "step": self.step, **({"date": self.clock.at(self.step)} if self.clock.start is not None else {}),
            "target": self.target, "source": self.source, "layer": self.layer, "place": self.place,
            "interval": interval, "offspring": self.offspring, "generation": self.generation})
        found.attrs = {"units": {"interval": "day", "offspring": "person", "generation": "1"}}
        return found

    @property
    def generation(self) -> Array:
        """How many infections lie between a row and the first of its chain."""
        level: Array = np.zeros(len(self), dtype=np.int64)
        for first, end in self._steps_of_rows():  # who infects was infected on an earlier day
            infector = self.infector[first:end]
            level[first:end] = np.where(infector >= 0, level[infector] + 1, 0)
        return level

    def _steps_of_rows(self) -> list[tuple[int, int]]:
        edges = [0, *(np.flatnonzero(np.diff(self.step)) + 1).tolist(), len(self)]
        return list(zip(edges[:-1], edges[1:]))

    def cohort_r(self, complete_after: int = 0) -> pd.Series[float]:
        """Mean number of people whom those infected on a day have infected until the end of the run.
        None (NaN) on days without infections, and in the last `complete_after` days, whose cohorts
        are not done."""
        cases = np.bincount(self.step, minlength=self.steps)
        infected = np.bincount(self.step, weights=self.offspring, minlength=self.steps)
        r = np.full(self.steps, np.nan)
        known = cases > 0
        known[len(known) - complete_after:] &= complete_after == 0
        r[known] = infected[known] / cases[known]
        return self._by_day(r, "cohort_r")

    def instantaneous_r(self) -> pd.Series[float]:
        """Infections of the day but those from outside, over the past ones weighted by the
        generation intervals of this tree (Cori et al. 2013, doi:10.1093/aje/kwt133)."""
        cases = np.bincount(self.step, minlength=self.steps).astype(float)
        inside = np.bincount(self.step[self.source != NOBODY], minlength=self.steps)
        weights = np.bincount(self.intervals, minlength=1) / max(1, len(self.intervals))
        pressure = np.convolve(cases, weights)[:self.steps]
        r = np.full(self.steps, np.nan)
        np.divide(inside, pressure, out=r, where=pressure > 0)
        r[0] = np.nan
        return self._by_day(r, "instantaneous_r")

    def _by_day(self, values: Array, name: str) -> pd.Series[float]:
        days = self.clock.at(np.arange(self.steps))
        result: pd.Series[float] = needed("pandas", "frames").Series(values, index=days, name=name)
        result.index.name = "time"
        return result

    def graph(self) -> Any:
        """A networkx.DiGraph: an edge from infector to infected with step, layer and interval."""
        networkx = needed("networkx", "network")
        graph = networkx.DiGraph()
        for target, step in zip(self.target.tolist(), self.step.tolist()):
            graph.add_node(target, step=step)
        known = np.flatnonzero(self.infector >= 0)
        layers = list(self.layer.categories)
        for row, layer in zip(known.tolist(), self.layer.codes[known].tolist()):
            graph.add_edge(int(self.source[row]), int(self.target[row]), step=int(self.step[row]),
                           layer=layers[layer], interval=int(self.step[row]) - int(self.step[self.infector[row]]))
        return graph


def tree_of(run: Run, replicate: int | None) -> TransmissionTree:
    log = run.events("transmission")
    if "replicate" in log:
        seeds = len(run.seeds)
        if replicate is None and seeds > 1:
            raise InputError(f"{run.path}: has {seeds} seeds, and so {seeds} trees. Say which: "
                             "transmission_tree(replicate=0).")
        log = log[log["replicate"] == (replicate or 0)]
    elif replicate not in (None, 0):
        raise InputError(f"{run.path}: has no replicate {replicate}. Leave it out.")
    raw = log["source"].to_numpy()
    source = raw.astype(np.int64)
    if raw.dtype.kind == "u":
        source[raw == np.iinfo(raw.dtype).max] = NOBODY
    steps = run.results.file["series/time"].shape[-1]
    return TransmissionTree(log["step"].to_numpy().astype(np.int64), log["target"].to_numpy().astype(np.int64), source,
                            log["layer"].array, log["place"].to_numpy(), run.results.clock, steps)
