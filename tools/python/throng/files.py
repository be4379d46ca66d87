"""Files of results: opened and checked, as columns with units and labels that are read in pieces.

Text comes as the file has it. Steps become dates where the run has dates.
"""
from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import h5py
import numpy as np
import numpy.typing as npt

from .errors import DamagedError, InputError, unknown

Array = npt.NDArray[Any]
#: A step by its number, or a date: "2020-04-01", a date, a numpy or pandas date.
When = Union[int, str, datetime.date, np.datetime64]

FORMAT = "throng-run"
NEWEST_FORMAT = 1
_SEAL = b"\nthrong seal "
_SEAL_WIDTH = len(_SEAL) + 64 + 1 + 20 + 1


def check_seal(path: Path, whole: bool = True) -> None:
    """Every file ends with its size and SHA-256. Raises DamagedError where they do not fit.

    `whole`: read all of the file; else only its end and its size are looked at, which finds files
    that were cut but not bytes that were changed.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _SEAL_WIDTH))
            seal = file.read()
            if len(seal) != _SEAL_WIDTH or not seal.startswith(_SEAL):
                raise DamagedError(f"{path}: has no seal at its end (it was cut short, changed by another program, "
                                   "or is not a file of Throng's). Use the original, or run again.")
            digest, length = seal[len(_SEAL):].split()
            good = int(length) == size - _SEAL_WIDTH
            if good and whole:
                file.seek(0)
                good = _digest(file, size - _SEAL_WIDTH) == digest.decode()
    except ValueError:
        good = False
    except FileNotFoundError:
        raise InputError(f"{path}: is not there. Give the --out of a run, or a file of results.") from None
    if not good:
        raise DamagedError(f"{path}: does not match its seal (bytes were changed after it was written). "
                           "Use another copy, or run again.")


def _digest(file: Any, size: int) -> str:
    sha = hashlib.sha256()
    while size > 0:
        piece = file.read(min(size, 1 << 22))
        if not piece:
            break
        sha.update(piece)
        size -= len(piece)
    return sha.hexdigest()


@dataclass(frozen=True)
class Column:
    """A column of a table, without its values."""

    name: str
    unit: str
    doc: str
    #: Value i means labels[i]; none of plain numbers and texts.
    labels: list[str] | None
    data: Any

    def read(self, first: int = 0, end: int | None = None) -> Array:
        """Values of rows [first, end): numbers, codes of labels, or texts."""
        if self.data.dtype == object:
            return np.asarray(self.data.asstr()[first:end], dtype=object)
        values: Array = self.data[first:end]
        return values.view(np.dtype(values.dtype.str))  # an enum of the file as plain numbers


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def column_of(data: Any) -> Column:
    """A data set of a file as a column."""
    codes = h5py.check_enum_dtype(data.dtype)
    labels = None if codes is None else [name for name, _ in sorted(codes.items(), key=lambda item: int(item[1]))]
    unit = _text(data.attrs.get("units", "1"))
    return Column(data.name.rsplit("/", 1)[-1], unit, _text(data.attrs.get("long_name", "")), labels, data)


@dataclass(frozen=True)
class Clock:
    """Steps and dates. Step n is `start` and n days; without a start there are steps alone."""

    start: np.datetime64 | None

    def at(self, steps: Array) -> Array:
        """Dates of steps, or the steps."""
        if self.start is None:
            return steps
        dates: Array = (self.start + steps.astype("timedelta64[D]")).astype("datetime64[ns]")
        return dates

    def step(self, when: When) -> int:
        """The step of a date, or of a step's number."""
        if isinstance(when, (int, np.integer)):
            return int(when)
        if self.start is None:
            raise InputError(f"'{when}': is a date (this run has steps without dates). Give the number of a step.")
        try:
            day = np.datetime64(str(when)[:10], "D")
        except ValueError:
            raise InputError(f"'{when}': is no date. Write it as 2020-04-01, or give the number of a step.") from None
        return int((day - self.start).astype(int))


class ResultsFile:
    """An open results.h5. Everything is read when it is asked for."""

    def __init__(self, path: str | os.PathLike[str], check: bool = True) -> None:
        """Raises DamagedError or InputError. `check`: compare all bytes with the seal first."""
        self.path = Path(path)
        check_seal(self.path, whole=check)
        try:
            self.file = h5py.File(self.path, "r")
        except OSError as error:
            raise DamagedError(f"{self.path}: cannot be read ({error}). Use another copy, or run again.") from error
        self.attributes: dict[str, Any] = dict(self.file.attrs)
        if self.attributes.get("format") != FORMAT:
            raise InputError(f"{self.path}: holds no results (its format is "
                             f"'{self.attributes.get('format', '')}'). Give the --out of a run, or its results.h5.")
        if int(self.attributes["format_version"][0]) > NEWEST_FORMAT:
            raise InputError(f"{self.path}: is of a newer format ({self.attributes['format_version'][0]}; this package "
                             f"knows {NEWEST_FORMAT}). Install the package of the version that wrote it.")
        self.clock = self._clock()

    def close(self) -> None:
        self.file.close()

    def _clock(self) -> Clock:
        unit = _text(self.file["series/time"].attrs.get("units", "1"))
        start = np.datetime64(unit.removeprefix("days since "), "D") if unit.startswith("days since ") else None
        return Clock(start)

    def text(self, path: str) -> str:
        """A text, as "provenance/scenario"; empty where there is none."""
        return _text(self.file[path][()]) if path in self.file else ""

    def names(self, group: str) -> list[str]:
        """What is stored in a group, in the order of writing."""
        if group not in self.file:
            return []
        found: list[bytes] = []
        opened = self.file[group].id
        tracked = opened.get_create_plist().get_link_creation_order() & h5py.h5p.CRT_ORDER_TRACKED
        opened.links.iterate(found.append, idx_type=h5py.h5.INDEX_CRT_ORDER if tracked else h5py.h5.INDEX_NAME)
        return [name.decode() for name in found]

    def columns(self, group: str) -> list[Column]:
        """The columns of a table; of the axis they share only the name is of use."""
        members = (self.file[f"{group}/{name}"] for name in self.names(group) if name != "row")
        return [column_of(data) for data in members if isinstance(data, h5py.Dataset)]

    def chosen(self, group: str, what: str, wanted: list[str] | None) -> list[Column]:
        """Columns by their names, in the order asked for; all where none is said."""
        columns = self.columns(group)
        if wanted is None:
            return columns
        by_name = {column.name: column for column in columns}
        for name in wanted:
            if name not in by_name:
                raise unknown(self.path, f"column of {what}", name, by_name)
        return [by_name[name] for name in wanted]

    def axes(self, data: Any) -> list[tuple[str, Array, dict[str, str]]]:
        """Of a series the name, values and attributes of every axis; time as dates."""
        all_axes = []
        for dimension in data.dims:
            scale = dimension[0]
            name = scale.name.rsplit("/", 1)[-1]
            values: Array = scale.asstr()[:] if scale.dtype == object else scale[:]
            unit = _text(scale.attrs.get("units", ""))
            if name == "time":
                values, unit = self.clock.at(values), ""
            words = {"long_name": _text(scale.attrs.get("long_name", "")), "units": unit}
            all_axes.append((name, values, {key: word for key, word in words.items() if word}))
        return all_axes

    def series_names(self, group: str = "series") -> list[str]:
        """Quantities over time, without the axes."""
        members = [self.file[f"{group}/{name}"] for name in self.names(group)]
        return [data.name.rsplit("/", 1)[-1] for data in members
                if not data.is_scale and data.name != "/series/seed"]

    def rows_of_steps(self, log: str, first: int, end: int) -> tuple[int, int]:
        """Rows of a log that happened in steps [first, end), by its index of offsets."""
        offsets = self.file[f"events/{log}/index/step_offset"]
        last = offsets.shape[0] - 1
        begin, finish = min(max(first, 0), last), min(max(end, 0), last)
        return int(offsets[begin]), int(offsets[max(begin, finish)])


def pieces(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """[first, end) of pieces of so many rows."""
    for first in range(0, rows, size):
        yield first, min(rows, first + size)
