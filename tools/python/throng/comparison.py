"""What one scenario changes over another: differences seed by seed, by `throng compare`."""
from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Union

from . import command
from .errors import needed
from .runs import Run

if TYPE_CHECKING:
    import pandas as pd

RunOrPath = Union[Run, str, "os.PathLike[str]"]


def _path(run: RunOrPath) -> str:
    return str(run.path) if isinstance(run, Run) else os.fspath(run)


def compare(a: RunOrPath, *b: RunOrPath, series: list[str] | None = None, by: list[str] | None = None,
            first: str | None = None, last: str | None = None, cumulative: bool = False,
            level: float = 95) -> pd.DataFrame:
    """Differences of runs from `a`, seed by seed, with confidence intervals: a row for each run,
    series, measure (sum, mean, peak, peak_day, value of a day), date and group.

    `first` and `last`: days of a window; `level`: of the intervals, in percent. Columns are told
    apart in tools/README.md. Raises CommandError where the runs cannot be compared.
    """
    pandas = needed("pandas", "frames")
    words = [_path(a), *(_path(run) for run in b)]
    words += ["--series", ",".join(series)] if series else []
    words += ["--by", ",".join(by)] if by else []
    words += ["--from", first] if first else []
    words += ["--to", last] if last else []
    words += ["--cumulative"] if cumulative else []
    with tempfile.TemporaryDirectory(prefix="throng-") as folder:
        file = Path(folder) / "compare.csv"
        command.call("compare", *words, "--level", f"{level:g}", "--csv", str(file))
        frame: pd.DataFrame = pandas.read_csv(file, parse_dates=["date"], dtype={"by": str, "group": str})
    frame["by"] = frame["by"].fillna("")
    return frame
