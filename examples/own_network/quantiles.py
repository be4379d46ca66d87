"""Prints quantiles over seeds of the number of members ever infected, and their mean.

usage: quantiles.py results.h5
"""
import sys

try:
    import h5py
except ImportError:
    print("The Python package h5py is absent: the results are not opened here.")
    sys.exit(0)

with h5py.File(sys.argv[1], "r") as file:
    infections = file["series/infections"][:]  # [replicate, time, borough, age band]
    size = sorted(infections.reshape(len(infections), -1).sum(axis=1).tolist())
    print(f"{len(size)} seeds, members ever infected: mean {sum(size) / len(size):.1f}, "
          f"median {size[len(size) // 2]}, from {size[0]} to {size[-1]}")
