"""Tables of money: mean pay by sector and borough of work, brackets of taxes on wages, shares of spending.

derive.py calls derive() with its own lists; scenarios/nyc/tables/README.md names every column's source.
"""

# Thresholds of taxable income [USD] and rates of 2020, single filers.
FEDERAL = [(0, 0.10), (9_875, 0.12), (40_125, 0.22), (85_525, 0.24), (163_300, 0.32), (207_350, 0.35), (518_400, 0.37)]
STATE = [(0, 0.04), (8_500, 0.045), (11_700, 0.0525), (13_900, 0.059), (21_400, 0.0609), (80_650, 0.0641),
         (215_400, 0.0685), (1_077_550, 0.0882)]
CITY = [(0, 0.03078), (12_000, 0.03762), (25_000, 0.03819), (50_000, 0.03876)]
# Name, deduction before the first threshold, brackets, source of each row.
TAXES = [
    ("federal", 12_400, FEDERAL, "IRS Rev. Proc. 2019-44, section 3: tax rate table 3; standard deduction of 12,400"),
    ("state", 8_000, STATE, "New York Tax Law section 601(c), tax year 2020; standard deduction of 8,000 (section 614)"),
    ("city", 8_000, CITY, "NYC Administrative Code 11-1701 and 11-1704.1, tax year 2020; the state's deduction"),
    ("social_security", 0, [(0, 0.062), (137_700, 0.0)], "26 USC 3101(a); contribution base of 2020: 84 FR 56515"),
    ("medicare", 0, [(0, 0.0145), (200_000, 0.0235)], "26 USC 3101(b): 1.45 %, and 0.9 % above 200,000"),
]
# Average annual expenditures of a consumer unit [USD], and the sector that sells it. Contributions (1,995), pensions
# and social security (6,645) are no spending here. What sells what, and the parts of a line, are assumptions.
SPENDING = [
    ("food at home", 4_643, {"44-45": 1.0}), ("food away from home", 3_526, {"72": 1.0}),
    ("alcoholic beverages", 579, {"44-45": 1.0}), ("shelter", 12_190, {"53": 0.92, "72": 0.08}),
    ("utilities, fuels, public services", 4_055, {"22": 0.65, "51": 0.35}), ("household operations", 1_570, {"81": 1.0}),
    ("housekeeping supplies", 766, {"44-45": 1.0}), ("household furnishings", 2_098, {"44-45": 1.0}),
    ("apparel and services", 1_883, {"44-45": 1.0}), ("vehicle purchases", 4_394, {"44-45": 1.0}),
    ("gasoline", 2_094, {"44-45": 1.0}), ("other vehicle expenses", 3_474, {"52": 0.5, "81": 0.5}),
    ("public and other transportation", 781, {"48-49": 1.0}), ("health insurance", 3_529, {"52": 1.0}),
    ("medical services", 984, {"62": 1.0}), ("drugs and medical supplies", 680, {"44-45": 1.0}),
    ("entertainment", 3_090, {"71": 1.0}), ("personal care", 786, {"81": 1.0}), ("reading", 92, {"51": 1.0}),
    ("education", 1_443, {"61": 1.0}), ("tobacco", 320, {"44-45": 1.0}), ("miscellaneous", 899, {"54": 1.0}),
    ("life and other personal insurance", 520, {"52": 1.0})]


def pay(rows, sectors, boroughs, names):
    """Mean weekly pay of 2017: wages of the year by jobs and 52 weeks. Where a borough's row is withheld, the mean of
    the boroughs that have one; outside the city (assumed): the mean of the boroughs but Manhattan."""
    sector_of = {s.split("-")[0]: s for s in sectors}
    sector_of["95"] = "92"
    wages, jobs = {}, {}
    for r in rows:
        if r["naics"] in sector_of and float(r["avg_employment"]) > 0:
            key = (sector_of[r["naics"]], r["borough"])
            wages[key], jobs[key] = float(r["total_wages_usd"]), float(r["avg_employment"])
    def mean(sector, among):
        there = [(sector, b) for b in among if (sector, b) in jobs]
        return sum(wages[k] for k in there) / sum(jobs[k] for k in there) / 52
    out = []
    for s in sectors:
        for b in boroughs:
            out.append([s, names[b], round(mean(s, [b] if (s, b) in jobs else boroughs))])
        elsewhere = [b for b in boroughs if b != "MN" and (s, b) in jobs]
        out.append([s, "outside", round(mean(s, elsewhere))])
    return out


def taxes():
    """Brackets on a year's wages: those of taxable income, moved up by the deduction, below which the rate is 0."""
    out = []
    for name, deduction, brackets, source in TAXES:
        if deduction:
            out.append([name, 0, 0.0, source])
        out += [[name, deduction + above, rate, source] for above, rate in brackets]
    return out


def spending(sectors):
    total = sum(usd for _, usd, _ in SPENDING)
    out = []
    for s in sectors:
        parts = [(what, usd * split[s]) for what, usd, split in SPENDING if s in split]
        said = ", ".join(what for what, _ in parts) or "nothing that people buy themselves"
        out.append([s, sum(usd for _, usd in parts) / total, f"BLS Consumer Expenditure Survey 2019: {said}"])
    return out


def derive(table, rows, sectors, boroughs, names):
    return {"wages.csv": table(["sector", "borough", "weekly_usd"], pay(rows, sectors, boroughs, names)),
            "taxes.csv": table(["tax", "above_usd", "rate", "source"], taxes()),
            "consumption.csv": table(["sector", "share", "source"], spending(sectors))}
