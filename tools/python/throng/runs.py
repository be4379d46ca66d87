"""A run: its series, tables, logs, snapshots and decisions, whether it is over or not."""
from __future__ import annotations

import functools
import json
import os
import re
import shutil
import tempfile
import tomllib
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import command, frames
from .errors import DamagedError, InputError, needed, unknown
from .files import ResultsFile, When, pieces

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .transmission import TransmissionTree

_WITHOUT_RESULT = ("checkpoint", "partition")  # sections that no result depends on


class Run:
    """What a run has found, or has committed until now.

    A run that is over is read from its `results.h5`. Of one that runs, was stopped or killed, the
    command `throng merge` makes the same file from what was committed, into a folder that goes with
    this object.
    """

    def __init__(self, path: str | os.PathLike[str], check: bool = True) -> None:
        """`path`: the folder of a run, or a file of results. `check`: compare the whole file with
        its seal first, which reads all of it once."""
        self.path = Path(path)
        self._check = check
        if self.path.is_dir():
            if not (self.path / "run.json").exists():
                sweep = (self.path / "points").is_dir()
                why = "a sweep; give it to throng.Sweep" if sweep else "it has no run.json; give the --out of a run"
                raise InputError(f"{self.path}: is no run directory ({why}).")
        else:
            self.results  # raises what is wrong with the file

    def __repr__(self) -> str:
        return f"<throng.Run {self.name!r} {self.status} {self.path}>"

    # ---- what it is ----------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """What run.json says: status, who ran what with which build, summary. Empty for a lone file."""
        file = self.folder / "run.json"
        if not self.path.is_dir():
            return {}
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DamagedError(f"{file}: is no JSON ({error}). Use another copy, or run again.") from error
        if not isinstance(found, dict):
            raise DamagedError(f"{file}: is no record of a run. Use another copy, or run again.")
        return found

    @property
    def name(self) -> str:
        """Of the scenario."""
        return str(self.record.get("scenario") or self.results.attributes["scenario"])

    @property
    def status(self) -> str:
        """initializing, running, stopped, completed, failed. A killed run says "running" for ever."""
        complete = "completed" if self.record or self.complete else "stopped"
        return str(self.record.get("status", complete))

    @property
    def complete(self) -> bool:
        """Whether the results are those of all steps and seeds."""
        return bool(self.results.attributes["complete"])

    @property
    def seeds(self) -> list[int]:
        if "series/seed" in self.results.file:
            return [int(seed) for seed in self.results.file["series/seed"][:]]
        return [int(self.results.attributes["seed"])]

    @functools.cached_property
    def scenario(self) -> dict[str, Any]:
        """The resolved scenario: every default filled in."""
        own = self.folder / "scenario.toml"
        text = own.read_text(encoding="utf-8") if self.path.is_dir() and own.exists() \
            else self.results.text("provenance/scenario")
        return tomllib.loads(text)

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of the end: attack rate, deaths, times, memory."""
        return dict(self.record.get("summary", {}))

    @property
    def committed(self) -> int | None:
        """The newest step that has a checkpoint; none where there is no checkpoint."""
        names = (re.fullmatch(r"ckpt-(\d{8})\.h5", file.name) for file in self.folder.glob("checkpoints/ckpt-*.h5"))
        return max((int(name[1]) for name in names if name), default=None)

    def refresh(self) -> Run:
        """Looks again at a run that goes on."""
        for name in ("record", "scenario", "results"):
            self.__dict__.pop(name, None)
        return self

    @functools.cached_property
    def results(self) -> ResultsFile:
        """The file behind all that follows. Raises DamagedError or InputError."""
        if not self.path.is_dir():
            return ResultsFile(self.path, self._check)
        own = self.path / "results.h5"
        if own.exists():
            results = ResultsFile(own, self._check)
            behind = not results.attributes["complete"] and \
                (self.committed or 0) >= results.file["series/time"].shape[-1]
            if self._is_own(results) and not behind:
                return results
        return self._merge()

    def _is_own(self, results: ResultsFile) -> bool:
        """Not those of an earlier run in the folder, which this one will replace at its end."""
        text = results.text("provenance/scenario")
        there, here = (tomllib.loads(text), self.scenario) if text else ({}, {})
        return all(there.get(key) == here.get(key) for key in {*there, *here} if key not in _WITHOUT_RESULT)

    def _merge(self) -> ResultsFile:
        if self.committed is None and not (self.path / "replicates").is_dir():
            raise InputError(f"{self.path}: has no results yet (the run is '{self.status}' and has committed nothing). "
                             "Wait for its end, or run with --set checkpoint.every_steps=N.")
        scratch = tempfile.mkdtemp(prefix="throng-")
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        file = Path(scratch) / "results.h5"
        command.call("merge", str(self.path), "--out", str(file))
        return ResultsFile(file, self._check)

    # ---- series --------------------------------------------------------------------------------

    @property
    def series_names(self) -> list[str]:
        return self.results.series_names()

    def series(self, *names: str) -> xr.Dataset:
        """Quantities over time, all where none is named: [replicate,] time, labels. Units and
        descriptions are in `.attrs`."""
        xarray = needed("xarray", "frames")
        wanted = names or tuple(self.series_names)
        found: xr.Dataset = xarray.Dataset({name: self[name] for name in wanted})
        found.attrs = {"scenario": self.name}
        return found

    def __getitem__(self, name: str) -> xr.DataArray:
        """One series."""
        if name not in self.series_names:
            raise unknown(self.results.path, "series", name, self.series_names)
        return frames.array(self.results, name)

    def __contains__(self, name: str) -> bool:
        return name in self.series_names

    def quantiles(self, name: str) -> xr.DataArray:
        """A series over the seeds of a run with several: [quantile, time, labels]."""
        known = self.results.series_names("quantiles")
        if name not in known:
            raise unknown(self.results.path, "quantiles", name, known)
        return frames.array(self.results, name, "quantiles")

    def frame(self, name: str, *by: str) -> pd.DataFrame:
        """A series as a table: a row a day, a column for each label. With `by` only these axes are
        told apart and counts added up over the others: `run.frame("infections", "borough")`."""
        series = self[name]
        labels = [str(axis) for axis in series.dims if axis != "time"]
        for axis in by:
            if axis not in labels:
                raise unknown(self.results.path, f"axis of '{name}'", axis, labels)
        others = [axis for axis in labels if by and axis not in by and axis != "replicate"]
        if others and series.dtype.kind == "f":
            raise InputError(f"{self.results.path}: '{name}' is no count (sums of shares mean nothing). "
                             f"Leave out none of its axes: {', '.join(labels)}.")
        series = series.sum(others) if others else series
        kept = [axis for axis in labels if axis not in others]
        pandas = needed("pandas", "frames")
        values = series.transpose("time", *kept).values
        labels_of = [series[axis].values for axis in kept]
        columns: Any = [name]
        if kept:
            columns = pandas.MultiIndex.from_product(labels_of, names=kept) if len(kept) > 1 else \
                pandas.Index(labels_of[0], name=kept[0])
        frame: pd.DataFrame = pandas.DataFrame(values.reshape(len(values), -1), columns=columns,
                                               index=pandas.Index(series["time"].values, name="time"))
        frame.attrs = {"doc": series.attrs.get("long_name", ""), "units": {name: self[name].attrs.get("units", "1")}}
        return frame

    def total(self, name: str, *by: str) -> xr.DataArray:
        """A count, added up over all labels but those of `by`."""
        series = self[name]
        if series.dtype.kind == "f" and set(series.dims) - {"time", "replicate", *by}:
            raise InputError(f"{self.results.path}: '{name}' is no count (sums of shares mean nothing). "
                             "Take it label by label.")
        return series.sum([axis for axis in series.dims if axis not in ("time", "replicate", *by)], keep_attrs=True)

    # ---- tables and logs -----------------------------------------------------------------------

    @property
    def table_names(self) -> list[str]:
        return self.results.names("tables")

    def table(self, name: str, columns: list[str] | None = None, first: int = 0, end: int | None = None) -> pd.DataFrame:
        """A table, or rows [first, end) of it; with units and descriptions in `.attrs`."""
        self._known("tables", "table", name)
        chosen = self.results.chosen(f"tables/{name}", name, columns)
        return frames.table(chosen, self.results.clock, first, end, doc=self._doc(f"tables/{name}"))

    @property
    def event_names(self) -> list[str]:
        return self.results.names("events")

    def events(self, name: str = "transmission", day: When | None = None, *, first: When | None = None,
               last: When | None = None, columns: list[str] | None = None) -> pd.DataFrame:
        """A log: all of it, of one day, or of the days from `first` to `last`, both included.

        Rows are found by the index of offsets in the file, and only their chunks are read: a day of
        a log costs the same however long the log is.
        """
        self._known("events", "log", name)
        clock = self.results.clock
        if day is not None:
            first = last = day
        begin = 0 if first is None else clock.step(first)
        end = int(np.iinfo(np.int64).max) if last is None else clock.step(last) + 1
        rows = self.results.rows_of_steps(name, begin, end)
        return self._events(name, columns, *rows)

    def event_pieces(self, name: str = "transmission", rows: int = 1_000_000,
                     columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
        """All of a log in pieces of so many rows, one after the other in memory."""
        self._known("events", "log", name)
        count = self.results.columns(f"events/{name}")[0].data.shape[0]
        for first, end in pieces(count, rows):
            yield self._events(name, columns, first, end)

    def _events(self, name: str, columns: list[str] | None, first: int, end: int) -> pd.DataFrame:
        chosen = self.results.chosen(f"events/{name}", name, columns)
        return frames.table(chosen, self.results.clock, first, end, doc=self._doc(f"events/{name}"))

    def _known(self, group: str, what: str, name: str) -> None:
        names = self.results.names(group)
        if name not in names:
            if name == "transmission" and not names:
                raise InputError(f"{self.results.path}: has no log of transmissions. Run with "
                                 "--set output.transmission_log=true.")
            raise unknown(self.results.path, what, name, names)

    def _doc(self, group: str) -> str:
        return str(self.results.file[group].attrs.get("long_name", ""))

    def transmission_tree(self, replicate: int | None = None) -> TransmissionTree:
        """Who infected whom, from the log of transmissions; of several seeds `replicate` says of which."""
        from .transmission import tree_of
        return tree_of(self, replicate)

    # ---- agents --------------------------------------------------------------------------------

    @property
    def kinds(self) -> list[str]:
        """Kinds of agents that snapshots were written of."""
        return self.results.names("agents")

    def agents_in(self, kind: str | None = None, replicate: int | None = None) -> tuple[str, str]:
        """A kind that has snapshots (person, or the first there is), and its group in the file."""
        kinds = self.kinds
        if not kinds:
            raise InputError(f"{self.results.path}: has no snapshots. Run with --set output.snapshots=[2020-04-01], "
                             "or --set output.snapshot_steps=[0, 100].")
        chosen = kind or ("person" if "person" in kinds else kinds[0])
        if chosen not in kinds:
            raise unknown(self.results.path, "kind", chosen, kinds)
        group = f"agents/{chosen}"
        if f"{group}/replicate-{replicate or 0}" in self.results.file:
            return chosen, f"{group}/replicate-{replicate or 0}"
        if replicate not in (None, 0):
            raise InputError(f"{self.results.path}: has no agents of replicate {replicate}. Leave it out.")
        return chosen, group

    def snapshot_steps(self, kind: str | None = None, replicate: int | None = None) -> list[int]:
        """Steps of which there are snapshots, ascending."""
        _, group = self.agents_in(kind, replicate)
        return sorted(int(name) for name in self.results.names(f"{group}/snapshots"))

    def snapshot(self, when: When | None = None, kind: str | None = None, columns: list[str] | None = None,
                 replicate: int | None = None) -> pd.DataFrame:
        """Agents of a kind as they were after a step or on a date (the last there is), a row each in
        order of id: what changes and what never does. Name `columns` where there are millions."""
        chosen_kind, group = self.agents_in(kind, replicate)
        steps = self.snapshot_steps(kind, replicate)
        clock = self.results.clock
        step = steps[-1] if when is None else clock.step(when)
        if step not in steps:
            days = [str(day)[:10] for day in clock.at(np.array(steps))]
            there = ", ".join(day if day == str(number) else f"{day} (step {number})" for day, number in zip(days, steps))
            raise InputError(f"{self.results.path}: has no snapshot of '{when}'. There are: {there}.")
        sets = [f"{group}/static", f"{group}/snapshots/{step:08d}"]
        there_are = {column.name: column for one in sets for column in self.results.columns(one)}
        for name in columns or ():
            if name not in there_are:
                raise unknown(self.results.path, f"column of {chosen_kind}", name, there_are)
        frame = frames.table([there_are[name] for name in columns or there_are], clock, dates=False,
                             doc=f"{chosen_kind} after step {step}")
        frame.index.name = "id"
        frame.attrs["step"] = step
        return frame

    # ---- decisions -----------------------------------------------------------------------------

    @property
    def decision_names(self) -> list[str]:
        """What archetypes decide."""
        return [name.removesuffix("_epochs") for name in self.table_names if name.endswith("_epochs")]

    def decisions(self, name: str | None = None) -> pd.DataFrame:
        """The numbers that decided: a row for each archetype and time it was asked, with its
        features, the share of its people who act, where that came from, and from when on it counts."""
        from .decisions import decisions_of
        return decisions_of(self, name)

    def epochs(self, name: str) -> pd.DataFrame:
        """Each time that archetypes were asked: what it came to, and what audits say archetypes missed."""
        if name not in self.decision_names:
            raise unknown(self.results.path, "decision", name, self.decision_names)
        return self.table(f"{name}_epochs")
