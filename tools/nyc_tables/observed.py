#!/usr/bin/env python3
"""Derive what New York's scenarios are compared with from the raw files of the shared data pack.

    observed.py [RAW_DIR] [--out DIR] [--check]

RAW_DIR defaults to ../shared/data beside the checkout, DIR to scenarios/nyc/observed. With --check nothing is written:
the tables are derived again and compared byte for byte (exit 0 equal, 1 different, 77 when RAW_DIR is absent).
scenarios/nyc/observed/README.md says what they are.
"""
import argparse
import pathlib
import sys

from derive import ROOT, differing, rows_of, table

BOROUGHS = ["BK", "MN"]


def derive(raw):
    admissions = [[r["date"], r["area"], r["hospitalised"]]
                  for r in rows_of(raw, "nyc_daily_train_BK_MN_to_2020-08-31.csv.gz") if r["area"] in BOROUGHS]
    rates = [[r["year"], r["month"], r["borough"], r["unemployment_rate"]]
             for r in rows_of(raw, "laus_train_BK_MN_to_2020-08_others_2019.csv")
             if r["borough"] in BOROUGHS and r["year"] == "2020"]
    return {"admissions.csv": table(["date", "area", "admissions"], sorted(admissions)),
            "unemployment.csv": table(["year", "month", "borough", "unemployment_rate"],
                                      sorted(rates, key=lambda r: (int(r[1]), r[2])))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", nargs="?", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "scenarios" / "nyc" / "observed")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.raw.is_dir():
        print(f"SKIPPED: {options.raw} is absent, so the observed tables were NOT derived again.", file=sys.stderr)
        return 77
    tables = derive(options.raw)
    if not options.check:
        for name, text in tables.items():
            (options.out / name).write_bytes(text.encode())
        return 0
    different = differing(tables, options.out, "observed.py")
    if not different:
        print(f"{len(tables)} tables equal, byte for byte")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
