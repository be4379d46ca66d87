"""Columns and series as tables of pandas and arrays of xarray."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import needed
from .files import Clock, Column, ResultsFile

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def table(columns: Iterable[Column], clock: Clock, first: int = 0, end: int | None = None,
          dates: bool = True, doc: str = "") -> pd.DataFrame:
    """Rows of columns. Codes become categories; beside a column `step` stands `date`, beside `x` of
    unit step `x_date`. Units and descriptions are in `.attrs["units"]` and `.attrs["docs"]`."""
    pandas = needed("pandas", "frames")
    values: dict[str, Any] = {}
    units: dict[str, str] = {}
    docs: dict[str, str] = {}
    for column in columns:
        read = column.read(first, end)
        if column.labels is not None:
            values[column.name] = pandas.Categorical.from_codes(read.astype(np.int32), column.labels)
        else:
            values[column.name] = read
            units[column.name] = column.unit
        docs[column.name] = column.doc
        if dates and column.unit == "step" and clock.start is not None:
            values["date" if column.name == "step" else column.name + "_date"] = clock.at(read)
    frame: pd.DataFrame = pandas.DataFrame(values, copy=False)
    frame.attrs = {"doc": doc, "units": units, "docs": docs}
    return frame


def array(file: ResultsFile, name: str, group: str = "series") -> xr.DataArray:
    """One quantity over time with its axes, unit and description."""
    xarray = needed("xarray", "frames")
    data = file.file[f"{group}/{name}"]
    axes = file.axes(data)
    coordinates: dict[str, Any] = {axis: (axis, values, words) for axis, values, words in axes}
    if axes and axes[0][0] == "replicate" and "series/seed" in file.file:
        coordinates["seed"] = ("replicate", file.file["series/seed"][:])
    words = {key: str(data.attrs[key]) for key in ("units", "long_name") if key in data.attrs}
    result: xr.DataArray = xarray.DataArray(data[()], coords=coordinates, dims=[axis for axis, _, _ in axes],
                                            name=name, attrs=words)
    return result
