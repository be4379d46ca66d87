"""Prints a line every two weeks of a run: its infections, beds in use and deaths.

usage: look.py results.h5
"""
import datetime
import sys

try:
    import h5py
except ImportError:
    print("The Python package h5py is absent: the results are not opened here.")
    sys.exit(0)

with h5py.File(sys.argv[1], "r") as file:
    series = file["series"]
    first = datetime.date.fromisoformat(series["time"].attrs["units"].split()[-1])
    # Arrays are [time, borough, age band]; a sum over the last two axes is the whole town.
    infections, beds, deaths = (series[name][:].reshape(len(series["time"]), -1).sum(axis=1)
                                for name in ("infections", "hospital_beds", "deaths"))
    print(f"{'until':10}  {'infections':>10}  {'beds':>6}  {'deaths':>6}")
    for day in range(14, len(infections), 14):
        date = first + datetime.timedelta(days=day)
        since = slice(day - 13, day + 1)
        print(f"{date}  {infections[since].sum():10}  {beds[day]:6}  {deaths[since].sum():6}")
