"""What the tests of the Python package share: the package of the tree, and a few small runs, made once
for each module.

Each test is `test_*.py THRONG MPIEXEC [arguments of unittest]`; it exits 77, saying why, where a package
it needs is absent.
"""
import importlib
import os
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "tools" / "python"), str(SOURCE / "tests" / "command")]
sys.argv[1] = os.environ["THRONG"] = os.path.abspath(sys.argv[1])


def skip(reason):
    print(f"SKIPPED: {reason}. The Python package was NOT tested.", flush=True)
    sys.exit(77)


for needed in ("h5py", "numpy", "pandas", "xarray", "matplotlib", "plotly", "networkx"):
    try:
        importlib.import_module(needed)
    except ImportError as error:
        skip(f"the Python package '{needed}' cannot be imported ({error})")

import command  # noqa: E402  of tests/command

import pandas  # noqa: E402

FIRST = SOURCE / "scenarios/first_run/first_run.toml"
FULL = SOURCE / "scenarios/nyc/nyc_2020_full.toml"
SMALL_CITY = ("--set", "population.scale=0.01", "--set", "run.steps=120")
_FOLDER = tempfile.TemporaryDirectory(prefix="throng-analysis-")
_MADE = {}


def folder(name=""):
    """A place that goes at the end."""
    return Path(_FOLDER.name) / name


def made(name, scenario, *arguments, **options):
    """A run that several tests look at, by its name."""
    if name not in _MADE:
        command.run(scenario, folder(name), *arguments, **options)
        _MADE[name] = folder(name)
    return _MADE[name]


def town():
    return made("town", FIRST, "--set", "output.transmission_log=true", "--set", "output.snapshots=[2020-02-20]")


def seeds():
    return made("seeds", FIRST, "--replicates", 4, "--set", "output.transmission_log=true", "--set", "run.steps=80")


def fewer():
    """The seeds of seeds(), and a smaller epidemic."""
    return made("fewer", FIRST, "--replicates", 4, "--set", "epidemic.r0=2", "--set", "run.steps=80")


def city():
    return made("city", FULL, *SMALL_CITY, "--set", "output.snapshots=[2020-04-29]")


def city_without_orders():
    return made("city_without_orders", FULL, *SMALL_CITY, "--set", "dates.pause=never")


def sweep():
    if "sweep" not in _MADE:
        command.throng("sweep", FIRST, "--vary", "epidemic.r0=2,3", "--replicates", 3, "--set", "run.steps=60",
                       "--out", folder("sweep"), "--quiet", check=0)
        _MADE["sweep"] = folder("sweep")
    return _MADE["sweep"]


def frames_equal(test, a, b, name):
    pandas.testing.assert_frame_equal(a, b, check_exact=True, obj=name)
    test.assertEqual(a.attrs, b.attrs, name)


main = command.main
