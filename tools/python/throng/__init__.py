"""Results of Throng: runs, sweeps and comparisons as tables of pandas and arrays of xarray.

    import throng
    run = throng.open("runs/first_run")
    run["infections"].sum(["borough", "age_band"]).plot()
"""
from __future__ import annotations

import os

from .command import run
from .comparison import compare
from .errors import CommandError, DamagedError, InputError, ThrongError
from .runs import Run
from .sweep import Sweep
from .transmission import TransmissionTree

__version__ = "0.1.0"
__all__ = ["CommandError", "DamagedError", "InputError", "Run", "Sweep", "ThrongError", "TransmissionTree", "compare",
           "open", "run"]


def open(path: str | os.PathLike[str], check: bool = True) -> Run:
    """The run in a folder, or of a file of results. `check`: compare files with their seals first,
    which reads all of them once; without it only files that were cut are found."""
    return Run(path, check)
