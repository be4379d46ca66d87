#!/usr/bin/env python3
"""Fit who stays home in New York to mobility in 2020.

    fit_stay_home.py [RAW_DIR] [--out FILE] [--surrogate FILE] [--check]

RAW_DIR defaults to ../shared/data beside the checkout, the files to stay_home.csv and stay_home_surrogate.csv in
scenarios/nyc/tables: the rule, and the same as a table that answers questions (io/surrogate.h). With --check
nothing is written: the fit is made again and compared with the files (exit 0 equal, 1 different, 77 when RAW_DIR
is absent).

The rule: share = logistic(intercept + order * order in force + cases * ln(1 + cases per 100,000 a week)).
Least squares over days, of what the share leaves of visits:

    visits = 1 - (1 - LEFT) * share,   LEFT = 0.2: what those who stay home keep (Covasim quar_factor)

Visits: the mean of retail and recreation, grocery and pharmacy, and transit stations (Google Mobility through
Opportunity Insights' Economic Tracker, city level, 7-day means, relative to January 2020). Parks follow the
season, and work is left out because closed sectors and telework are parameters of their own.
Cases: confirmed and probable of Brooklyn and Manhattan by date of diagnosis (NYC Health), the 7 days before.
"""
import argparse
import csv
import io
import pathlib
import sys

try:
    import numpy
    import pandas
except ImportError as error:
    print(f"SKIPPED: {error}; the fit was not made again.", file=sys.stderr)
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOBILITY = "google_mobility_nyc_daily_2020.csv"
CASES = "nyc_daily_train_BK_MN_to_2020-08-31.csv.gz"
VISITS = ["gps_retail_and_recreation", "gps_grocery_and_pharmacy", "gps_transit_stations"]
LEFT = 0.2
PEOPLE = 2_559_903 + 1_628_706  # Brooklyn and Manhattan, 1 July 2019, Census Bureau estimates
FIRST, LAST = "2020-02-24", "2020-08-31"  # from the first day of the mobility data
# 1: schools, bars and gyms closed, people asked to stay home; 2: New York State on PAUSE.
ORDERS = [("2020-03-16", 1), ("2020-03-22", 2), ("2020-06-08", 1)]


def read(raw):
    mobility = pandas.read_csv(raw / MOBILITY, parse_dates=["date"]).set_index("date")
    cases = pandas.read_csv(raw / CASES, parse_dates=["date"])
    daily = (cases["cases_confirmed"] + cases["cases_probable"]).groupby(cases["date"]).sum()
    days = pandas.date_range(FIRST, LAST)
    daily = daily.reindex(pandas.date_range("2020-02-01", LAST))
    daily[:"2020-02-28"] = 0  # the first case of the city was diagnosed on 29 February
    week = daily.rolling(7).sum().shift(1).reindex(days)
    order = pandas.Series(0, index=days)
    for date, value in ORDERS:
        order[date:] = value
    visits = 1 + mobility[VISITS].mean(axis=1).reindex(days)
    features = numpy.column_stack([numpy.ones(len(days)), order, numpy.log1p(week * 100_000 / PEOPLE)])
    if numpy.isnan(features).any() or visits.isna().any():
        sys.exit("fit_stay_home.py: a day between " + FIRST + " and " + LAST + " is missing in the raw files")
    return features, visits.to_numpy()


def fit(features, visits):
    """Gauss-Newton with halved steps; the problem is small and smooth."""
    def error(at):
        return ((visits - 1 + (1 - LEFT) / (1 + numpy.exp(-features @ at))) ** 2).sum()

    beta = numpy.zeros(features.shape[1])
    for _ in range(200):
        share = 1 / (1 + numpy.exp(-features @ beta))
        slope = -(1 - LEFT) * features * (share * (1 - share))[:, None]
        step = numpy.linalg.lstsq(slope, visits - 1 + (1 - LEFT) * share, rcond=None)[0]
        while error(beta + step) > error(beta) and abs(step).max() > 1e-12:
            step = step / 2
        beta = beta + step
        if abs(step).max() < 1e-10:
            break
    return beta, 1 - error(beta) / ((visits - visits.mean()) ** 2).sum()


def table(raw):
    features, visits = read(raw)
    beta, r2 = fit(features, visits)
    rows = ["quantity,value"]
    rows += [f"{name},{value:.3f}" for name, value in zip(["intercept", "order", "cases"], beta)]
    rows += [f"r2,{r2:.3f}", f"days,{len(visits)}", f"first,{FIRST}", f"last,{LAST}", f"contacts_left,{LEFT}"]
    return "\n".join(rows) + "\n"


def left_out(features, visits):
    """Root of the mean square error of visits, each calendar month predicted by a fit to the others."""
    month = pandas.date_range(FIRST, LAST).month
    square = 0.0
    for m in sorted(set(month)):
        beta, _ = fit(features[month != m], visits[month != m])
        share = 1 / (1 + numpy.exp(-features[month == m] @ beta))
        square += ((visits[month == m] - 1 + (1 - LEFT) * share) ** 2).sum()
    return (square / len(visits)) ** 0.5


def with_trend(features):
    """The logarithm of cases over those a week before as one more column."""
    before = numpy.concatenate([numpy.zeros(7), features[:-7, 2]])
    return numpy.column_stack([features, features[:, 2] - before])


def surrogate(raw):
    """The rule as a table that answers questions: no feature has a difference that no source gives."""
    features, visits = read(raw)
    beta, r2 = fit(features, visits)
    more = with_trend(features)
    trend, trend_r2 = fit(more, visits)
    about = [
        ("decision", "stay_home"),
        ("title", "mobility 2020"),
        ("stands_for", "no language model: a rule of two terms, fitted to visits in New York City"),
        ("source", "Google Mobility through Opportunity Insights' Economic Tracker (retail and recreation, grocery and "
                   "pharmacy, transit stations); NYC Health, confirmed and probable cases of Brooklyn and Manhattan; "
                   "orders of New York State"),
        ("fitted", f"least squares over {len(visits)} days, {FIRST} to {LAST}: visits = 1 - {1 - LEFT:g} share"),
        ("r2", f"{r2:.3f} of the variance of visits, in sample"),
        ("cv_rmse", f"{left_out(features, visits):.3f} of visits, each month predicted from the others"),
        ("certified", "nowhere: it stands for no model whose answers it could be held against"),
        ("made_by", "tools/nyc_tables/fit_stay_home.py"),
    ]
    fitted = [("intercept", "", "", beta[0], ""),
              ("number", "order_in_force", "", beta[1], "0 none, 1 closures and advice, 2 on PAUSE"),
              ("log1p", "reported_cases", "", beta[2], "per 100,000 people in the 7 days before")]
    left = (f"a term in ln(cases over those a week before) would fit better (r2 {trend_r2:.3f}, cv_rmse "
            f"{left_out(more, visits):.3f}), but with {trend[3]:.2f} it says that people go out as cases rise and "
            f"leaves {trend[1]:.2f} for orders: the delay of March 2020, not a judgment of trends")
    unsourced = "no source gives a difference"
    zero = [("label", name, "*", 0, left if name == "trend" else unsourced)
            for name in ["trend", "age", "sex", "borough", "income", "household_size", "sector"]]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["part", "feature", "label", "form", "value", "error", "n", "note"])
    rows.writerows([["about", name, "", "", "", "", "", text] for name, text in about])
    rows.writerows([["coefficient", feature, label, form, f"{value:.3f}" if value else "0", "", "", note]
                    for form, feature, label, value, note in fitted + zero])
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", nargs="?", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "scenarios" / "nyc" / "tables" / "stay_home.csv")
    parser.add_argument("--surrogate", type=pathlib.Path,
                        default=ROOT / "scenarios" / "nyc" / "tables" / "stay_home_surrogate.csv")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not (options.raw / MOBILITY).exists() or not (options.raw / CASES).exists():
        print(f"SKIPPED: {options.raw} has no {MOBILITY} or no {CASES}; the fit was not made again.", file=sys.stderr)
        return 77
    code = 0
    for file, text in [(options.out, table(options.raw)), (options.surrogate, surrogate(options.raw))]:
        if not options.check:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{file} differs from a new fit:\n{text}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
