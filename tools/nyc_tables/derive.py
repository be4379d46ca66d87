#!/usr/bin/env python3
"""Derive the compact tables of the New York scenario from the raw files of the shared data pack.

    derive.py [RAW_DIR] [--out DIR] [--check]

RAW_DIR defaults to ../shared/data beside the checkout, DIR to scenarios/nyc/tables. With --check
nothing is written: the tables are derived again and compared with DIR byte for byte (exit 0 equal,
1 different, 77 when RAW_DIR is absent). scenarios/nyc/tables/README.md names every column's source.
"""
import argparse
import csv
import gzip
import io
import json
import math
import pathlib
import sys

import numpy

import money_tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOROUGHS = ["BX", "BK", "MN", "QN", "SI"]
NAMES = {"BX": "Bronx", "BK": "Brooklyn", "MN": "Manhattan", "QN": "Queens", "SI": "Staten Island"}
FIPS = {"BX": "36005", "BK": "36047", "MN": "36061", "QN": "36081", "SI": "36085"}
DP02_COLUMN = {"BX": "Bronx County, New York", "MN": "New York County, New York", "BK": "Kings County, New York",
               "QN": "Queens County, New York", "SI": "Richmond County, New York"}
AGES = ["0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54",
        "55-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85+"]
SECTORS = ["11", "21", "22", "23", "31-33", "42", "44-45", "48-49", "51", "52", "53", "54", "55", "56",
           "61", "62", "71", "72", "81", "92"]
OCCUPATIONS = ["Professional", "Service", "Office", "Construction", "Production"]
# How a sector's jobs divide over the five occupation groups of the tract tables: a rough assumption
# of this project, used only as the starting point of a fit whose margins are data.
OCCUPATION_OF_SECTOR = {
    "11": (15, 5, 10, 60, 10), "21": (25, 2, 13, 45, 15), "22": (35, 5, 20, 30, 10), "23": (15, 3, 10, 65, 7),
    "31-33": (25, 3, 17, 10, 45), "42": (30, 2, 43, 5, 20), "44-45": (12, 6, 70, 4, 8),
    "48-49": (10, 5, 25, 8, 52), "51": (70, 4, 20, 4, 2), "52": (60, 3, 36, 1, 0), "53": (35, 20, 33, 10, 2),
    "54": (75, 3, 20, 1, 1), "55": (65, 3, 29, 1, 2), "56": (22, 50, 20, 4, 4), "61": (75, 12, 11, 1, 1),
    "62": (48, 38, 12, 1, 1), "71": (48, 33, 15, 2, 2), "72": (10, 76, 10, 1, 3), "81": (25, 45, 12, 10, 8),
    "92": (52, 24, 16, 5, 3)}
# Upper bounds of the income bands, household income in USD of 2015.
INCOME_BOUNDS = [25_000, 50_000, 100_000, 200_000]
# Spread of log household income within one tract: an assumption of this project.
INCOME_SIGMA = 0.8
CONTACTS_PER_DAY = 20.0
CONTACT_QUANTILES = 512


# Made by fit_stay_home.py, which checks it itself.
FITTED = {"stay_home.csv", "stay_home_surrogate.csv"}

def rows_of(raw, name):
    """The rows of a CSV file, packed or not, as dictionaries."""
    path = raw / name
    opened = gzip.open(path, "rt", newline="") if name.endswith(".gz") else open(path, newline="")
    with opened as file:
        return list(csv.DictReader(file))


def table(header, rows):
    """One table as text: floats with six decimals, everything else as it is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"{x:.6f}" if isinstance(x, float) else x for x in row])
    return out.getvalue()


def decode_arcs(topology):
    """Absolute coordinates [degrees] of every arc of a quantized TopoJSON."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        arcs.append(points)
    return arcs


def area_and_centroid(geometry, arcs):
    """Area [km2] and centroid (longitude, latitude) of a polygon or multipolygon; holes count off."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    total = cx = cy = 0.0
    for polygon in polygons:
        for number, ring in enumerate(polygon):
            points = []
            for a in ring:
                part = arcs[a] if a >= 0 else arcs[~a][::-1]
                points += part if not points else part[1:]
            area = mx = my = 0.0
            x0, y0 = points[0]
            for (xa, ya), (xb, yb) in zip(points, points[1:] + points[:1]):
                cross = (xa - x0) * (yb - y0) - (xb - x0) * (ya - y0)
                area += cross / 2
                mx += cross * (xa + xb + x0) / 6
                my += cross * (ya + yb + y0) / 6
            sign = (1 if number == 0 else -1) * (1 if area >= 0 else -1)
            total, cx, cy = total + sign * area, cx + sign * mx, cy + sign * my
    degrees2_to_km2 = 111.195 ** 2 * math.cos(math.radians(40.7))
    return total * degrees2_to_km2, (cx / total, cy / total)


def kilometers(longitude, latitude):
    """Position east and north of (-74.0, 40.7) [km], plane approximation (error below 0.1 % here)."""
    return ((longitude + 74.0) * 111.195 * math.cos(math.radians(40.7)), (latitude - 40.7) * 111.195)


class Tracts:
    """Tract tables summed by 2010 NTA, and read off for a 2020 NTA by nearness of centroids."""

    def __init__(self, raw, places):
        centroid = {(r["Borough"], r["Name"]): (float(r["Long"]), float(r["Lat"]))
                    for r in rows_of(raw, "nyc_geo_centroids.csv") if r["GeoType"] == "NTA2010"}
        home = {}
        self.position = {}
        self.borough = {}
        code_of = {name: code for code, name in NAMES.items()}
        for r in rows_of(raw, "nyc_tract2010_to_nta_puma.csv.gz"):
            name = r["nta_name"].replace("Flat Iron", "Flatiron")
            home[r["geoid"]] = r["nta2010"]
            self.position[r["nta2010"]] = kilometers(*centroid[(r["borough"], name)])
            self.borough[r["nta2010"]] = code_of[r["borough"]]
        self.sums = {nta: {} for nta in self.position}
        self._add_acs(raw, home)
        self._add_modes(raw, home)
        self._assign(places)

    def _add(self, nta, key, value):
        self.sums[nta][key] = self.sums[nta].get(key, 0.0) + value

    def _add_acs(self, raw, home):
        for r in rows_of(raw, "nyc_tract_acs2015.csv.gz"):
            nta = home.get(r["CensusTract"])
            people = float(r["TotalPop"])
            if nta is None or people == 0:
                continue
            employed = float(r["Employed"])
            self._add(nta, "people", people)
            self._add(nta, "employed", employed)
            for occupation in OCCUPATIONS:
                if r[occupation]:
                    self._add(nta, occupation, employed * float(r[occupation]) / 100)
            if r["Income"]:
                below = [0.5 * (1 + math.erf(math.log(bound / float(r["Income"])) / INCOME_SIGMA / math.sqrt(2)))
                         for bound in INCOME_BOUNDS]
                for band, (low, high) in enumerate(zip([0.0] + below, below + [1.0])):
                    self._add(nta, f"income{band}", people * (high - low))

    def _add_modes(self, raw, home):
        for r in rows_of(raw, "nyc_tract_households_workers_mode.csv.gz"):
            nta = home.get(r["GEO_ID"])
            if nta is not None:
                self._add(nta, "workers", float(r["Workers 16+"]))
                self._add(nta, "walk", float(r["Walk"]))

    def _assign(self, places):
        """2010 NTA -> nearest inhabited 2020 NTA of the borough; a 2020 NTA left without takes its nearest."""
        def near(a, b):
            return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
        useful = sorted(n for n in self.sums if self.sums[n].get("employed", 0) > 500 and "income0" in self.sums[n])
        self.of = {code: [] for code in places}
        for nta in useful:
            options = [c for c in sorted(places) if c[:2] == self.borough[nta] and places[c]["households"] > 0]
            best = min(options, key=lambda c: (near(self.position[nta], places[c]["at"]), c))
            self.of[best].append(nta)
        for code, members in self.of.items():
            if not members:
                options = [n for n in useful if self.borough[n] == code[:2]]
                members.append(min(options, key=lambda n: (near(self.position[n], places[code]["at"]), n)))

    def total(self, code, key):
        return sum(self.sums[n].get(key, 0.0) for n in self.of[code])


def neighborhoods(raw):
    """code -> facts of one 2020 neighborhood, in the order of the codes within the borough order."""
    topology = json.load(open(raw / "nyc_nta2020.topo.json"))
    arcs = decode_arcs(topology)
    shapes = {g["properties"]["NTACode"]: g for g in next(iter(topology["objects"].values()))["geometries"]}
    count = {}
    for r in rows_of(raw, "nyc_nta2020_age_gender.csv"):
        count[(r["nta2020"], r["gender"], r["age"])] = int(r["count"])
    places = {}
    for r in sorted(rows_of(raw, "nyc_nta2020_households.csv"),
                    key=lambda r: (BOROUGHS.index(r["nta2020"][:2]), r["nta2020"])):
        code = r["nta2020"]
        area, (longitude, latitude) = area_and_centroid(shapes[code], arcs)
        by_age = {s: [count[(code, s, a)] for a in ("U19", "20t29", "30t39", "40t49", "50t64", "65A")]
                  for s in ("female", "male")}
        places[code] = {
            "name": shapes[code]["properties"]["GEONAME"], "area": area, "at": kilometers(longitude, latitude),
            "degrees": (latitude, longitude), "by_age": by_age, "people": sum(map(sum, by_age.values())),
            "in_households": int(r["population"]), "households": int(r["households"]),
            "alone": int(r["living_alone"]), "alone_65": int(r["living_alone_65plus"]),
            "couples": int(r["married_couple_family"]),
            "couples_with_children": int(r["married_with_own_children_u18"]),
            "fathers": int(r["male_hh_with_own_children_u18"]), "mothers": int(r["female_hh_with_own_children_u18"]),
            "other_families": int(r["male_householder_no_spouse"]) + int(r["female_householder_no_spouse"])
            - int(r["male_hh_with_own_children_u18"]) - int(r["female_hh_with_own_children_u18"]),
            "shared": int(r["nonfamily_households"]) - int(r["living_alone"])}
    return places


def quarters(code, place, city):
    """People in nursing homes, in dormitories, in jails and shelters. The total is data (people less people
    in households); the split is an assumption: city-wide weights 0.25, 0.38, 0.37, the first two tilted by the
    neighborhood's share of people over 65 and of 20-29. Rikers Island (QN0151) is all jail."""
    people = place["people"] - place["in_households"]
    if people == 0:
        return [0, 0, 0]
    if code == "QN0151":
        return [0, 0, people]
    def share(group):
        return sum(place["by_age"][s][group] for s in ("female", "male")) / place["people"] / city[group]
    weights = [0.25 * share(5), 0.38 * share(1), 0.37]
    exact = [people * w / sum(weights) for w in weights]
    out = [int(x) for x in exact]
    for i in sorted(range(3), key=lambda i: (out[i] - exact[i], i))[:people - sum(out)]:
        out[i] += 1
    return out


def neighborhood_tables(raw):
    places = neighborhoods(raw)
    tracts = Tracts(raw, places)
    everyone = sum(p["people"] for p in places.values())
    city = [sum(p["by_age"][s][g] for p in places.values() for s in ("female", "male")) / everyone for g in range(6)]
    header = ["code", "name", "borough", "latitude", "longitude", "east_km", "north_km", "people_in_households",
              "households", "living_alone", "living_alone_65", "couples_with_children", "couples_without_children",
              "single_mothers", "single_fathers", "other_families", "shared", "nursing", "dormitory", "jail",
              "employed_rate", "job_weight", "income_1", "income_2", "income_3", "income_4", "income_5",
              "professional", "service", "office", "construction", "production"]
    rows, ages = [], []
    for code, p in places.items():
        walk = (tracts.total(code, "walk") + 1) / (tracts.total(code, "workers") + 20)
        # Whoever can walk to work has work nearby: odds of walking x area stands for the number of jobs.
        jobs = walk / (1 - walk) * p["area"] if p["households"] >= 500 else 0.0
        income = [tracts.total(code, f"income{b}") for b in range(5)]
        work = [tracts.total(code, o) for o in OCCUPATIONS]
        rows.append([code, p["name"], code[:2], *map(float, p["degrees"]), *p["at"], p["in_households"],
                     p["households"], p["alone"], p["alone_65"], p["couples_with_children"],
                     p["couples"] - p["couples_with_children"], p["mothers"], p["fathers"], p["other_families"],
                     p["shared"], *quarters(code, p, city),
                     tracts.total(code, "employed") / tracts.total(code, "people"), jobs,
                     *[x / sum(income) for x in income], *[x / sum(work) for x in work]])
        for s in ("female", "male"):
            ages.append([code, s, *p["by_age"][s]])
    return {"neighborhoods.csv": table(header, rows),
            "neighborhood_age_sex.csv": table(
                ["code", "sex", "age_0_19", "age_20_29", "age_30_39", "age_40_49", "age_50_64", "age_65"], ages)}


def borough_tables(raw):
    dp02 = {r["variable"]: {b: r[DP02_COLUMN[b]] for b in BOROUGHS}
            for r in rows_of(raw, "nyc_acs2018_1y_dp02_households_school.csv")}
    def fact(number, b):
        return int(dp02[f"DP02_{number:04d}E"][b])
    sizes = {r["borough"]: r for r in rows_of(raw, "nyc_household_size_distribution_derived.csv")}
    laus = {}
    for r in rows_of(raw, "laus_train_BK_MN_to_2020-08_others_2019.csv"):
        if r["year"] == "2019":
            laus.setdefault(r["borough"], []).append(float(r["employed"]))
    incoming = {b: 0.0 for b in BOROUGHS}
    code_of = {name: code for code, name in NAMES.items()}
    for r in rows_of(raw, "nyc_incommuters_puma_pums_2015_2019.csv.gz"):
        incoming[code_of[r["POW"]]] += float(r["PWGTP"])
    at_school = {int(r["age"]): int(r["setting_count"]) for r in rows_of(raw, "ny_state_school_age_distribution.csv")}
    young = sum(at_school[a] for a in range(18, 23)) / sum(n for a, n in at_school.items() if a >= 18)
    header = ["code", "name", "people_in_households_2018", "households_2018", "living_alone", "living_alone_65",
              "couples_with_children", "couples_without_children", "single_mothers", "single_fathers",
              "households_with_children", "size_1", "size_2", "size_3", "size_4", "size_5", "size_6", "size_7",
              "preschool", "kindergarten", "grades_1_8", "grades_9_12", "college_18_22", "employed", "in_commuters"]
    rows = []
    for b in BOROUGHS:
        size = [float(sizes[b][f"size{s}"]) for s in (1, 2, 3, 4, 5, 6)] + [float(sizes[b]["size7plus"])]
        rows.append([b, NAMES[b], fact(17, b), fact(1, b), fact(11, b), fact(12, b), fact(5, b), fact(4, b) - fact(5, b),
                     fact(9, b), fact(7, b), fact(13, b), *size, fact(53, b), fact(54, b), fact(55, b), fact(56, b),
                     round(fact(57, b) * young), round(sum(laus[b]) / len(laus[b])), round(incoming[b])])
    people = []
    for r in rows_of(raw, "nyc_borough_age5_sex_race_2019.csv"):
        if r["year"] == "2019" and r["age"] != "all":
            people.append([r["borough"], r["age"], int(r["female"]), int(r["male"])])
    people.sort(key=lambda r: (BOROUGHS.index(r[0]), AGES.index(r[1])))
    return {"boroughs.csv": table(header, rows),
            "borough_age_sex.csv": table(["borough", "age", "female", "male"], people)}


def commuting_table(raw):
    inside = {fips: b for b, fips in FIPS.items()}
    workers, variance = {}, {}
    for r in rows_of(raw, "nyc_county_commuting_acs2009_2013.csv.gz"):
        if r["home_county"] in inside:
            key = (inside[r["home_county"]], inside.get(r["work_county"], "outside"))
            workers[key] = workers.get(key, 0) + float(r["workers"])
            variance[key] = variance.get(key, 0) + float(r["moe90"]) ** 2
    return {"commuting.csv": table(["home", "work", "workers", "moe90"], [
        [h, w, round(workers[(h, w)]), float(math.sqrt(variance[(h, w)]))] for h in BOROUGHS for w in BOROUGHS + ["outside"]])}


def sector_tables(raw):
    """Jobs by sector and borough of work, telework shares, establishment sizes."""
    jobs = {b: {} for b in BOROUGHS}
    private = {}
    first = {s.split("-")[0]: s for s in SECTORS}
    first["95"] = "92"
    for r in rows_of(raw, "nyc_qcew2017_industry_by_borough.csv.gz"):
        if r["naics"] == "01":
            private[r["borough"]] = float(r["avg_employment"])
        if r["naics"] in first:
            jobs[r["borough"]][first[r["naics"]]] = float(r["avg_employment"])
        if r["naics"] == "99":
            jobs[r["borough"]]["unclassified"] = float(r["avg_employment"])
    for b in BOROUGHS:
        known = sum(v for s, v in jobs[b].items() if s != "92")
        missing = [s for s in ("22",) if s not in jobs[b]]
        for s in missing:  # the only large sector whose row is withheld: what the private total leaves
            jobs[b][s] = max(0.0, private[b] - known)
    telework = {r["LEHD NAICS Classification"]: r for r in rows_of(raw, "nyc_telework_share_by_sector_dcp.csv")}
    bands = ["1-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250-499", "500-999", "1000+"]
    sizes = {}
    for r in rows_of(raw, "ny_state_cbp2019_establishment_sizes_by_sector.csv"):
        sector = "62" if r["naics"].startswith("62") else r["naics"]
        e, j = sizes.get((sector, r["size_band"]), (0, 0))
        sizes[(sector, r["size_band"])] = (e + int(float(r["establishments"])), j + int(float(r["employment"])))
    # Not covered by County Business Patterns: as their nearest sectors.
    stand_in = {"11": "23", "21": "23", "92": "61"}
    titles = {"92": "Public Administration and all government", "54": "Professional, Scientific, and Technical Services"}
    rows = []
    for s in SECTORS:
        t = telework.get(s)
        rows.append([s, titles.get(s, t["Industry Sector"]), *[float(t[k]) for k in ("Lowest", "Medium", "High", "Highest")],
                     *[round(jobs[b].get(s, 0)) for b in BOROUGHS], *[x / 100 for x in OCCUPATION_OF_SECTOR[s]]])
    establishments = [[s, band, *sizes[(stand_in.get(s, s), band)]] for s in SECTORS for band in bands]
    return {"sectors.csv": table(["naics", "name", "telework_lowest", "telework_medium", "telework_high", "telework_highest",
                                  *[f"jobs_{b}" for b in BOROUGHS], "professional", "service", "office", "construction",
                                  "production"], rows),
            "establishments.csv": table(["naics", "size_band", "establishments", "employment"], establishments)}


def school_table(raw):
    """Grades with class and school size. Class sizes 2010-11 (all programmes but special education)."""
    pupils, sections = {}, {}
    for r in rows_of(raw, "nyc_public_class_sizes_2010_11.csv.gz"):
        if r["program"] == "SPEC ED" or not r["students"]:
            continue
        grade = {"0K": "K", "12-Sep": "9-12", "MS Core": "6-8"}.get(r["grade"], r["grade"])
        pupils[grade] = pupils.get(grade, 0) + float(r["students"])
        sections[grade] = sections.get(grade, 0) + float(r["sections"])
    size = {g: pupils[g] / sections[g] for g in pupils}
    enrolment = rows_of(raw, "nyc_public_school_enrolment_2011_12.csv.gz")
    def school_size(grades):
        totals = [sum(int(float(r[g] or 0)) for g in grades) for r in enrolment]
        totals = [t for t in totals if t > 30]
        return round(sum(totals) / len(totals))
    elementary = school_size(["k"] + [f"grade{g}" for g in range(1, 6)])
    middle = school_size([f"grade{g}" for g in range(6, 9)])
    high = school_size([f"grade{g}" for g in range(9, 13)])
    rows = [["preschool", "preschool", 18.0, 60]]  # class size: the city's limit for 4-year-olds; school size assumed
    rows.append(["kindergarten", "K", size["K"], elementary])
    for g in range(1, 9):
        rows.append(["grades_1_8", g, size[str(g)], elementary if g <= 5 else middle])
    for g in range(9, 13):
        rows.append(["grades_9_12", g, size["9-12"], high])
    for year in range(1, 5):  # assumed: seminar groups as large as high school classes, campuses of 5,000
        rows.append(["college_18_22", f"year {year}", size["9-12"], 5000])
    return {"grades.csv": table(["level", "grade", "class_size", "school_size"], rows)}


def gamma_bins(shape, bins):
    """Mean of each of `bins` equally likely slices of Gamma(shape, mean 1), by numerical integration."""
    t = numpy.linspace(0.0, 1.0, 200_001)[1:] ** 4 * 60.0  # dense near zero
    edges = numpy.concatenate(([0.0], t))
    middle = (edges[1:] + edges[:-1]) / 2
    density = middle ** (shape - 1) * numpy.exp(-shape * middle) * numpy.diff(edges)
    mass = numpy.cumsum(density) / density.sum()
    first = numpy.cumsum(density * middle) / (density * middle).sum()
    at = numpy.interp(numpy.arange(bins + 1) / bins, numpy.concatenate(([0.0], mass)), numpy.concatenate(([0.0], first)))
    at[-1] = 1.0
    return numpy.diff(at) * bins


def contact_table(raw, city_ages):
    """Units of half a contact a day, by age group and quantile."""
    groups = [(0, 5), (5, 10), (10, 15), (15, 20), (20, 25), (25, 30), (30, 35), (35, 40), (40, 45), (45, 50),
              (50, 55), (55, 60), (60, 65), (65, 70), (70, 75), (75, 120)]
    samples = [[] for _ in groups]
    for r in rows_of(raw, "polymod_participant_contact_counts.csv.gz"):
        if not r["part_age_exact"] or not r["total"]:
            continue
        age = float(r["part_age_exact"])
        n = sum(int(float(r[k] or 0)) for k in ("leisure", "transport", "other"))
        for g, (low, high) in enumerate(groups):
            if low <= age < high:
                samples[g].append(n)
    means = [sum(s) / len(s) for s in samples]
    # Overdispersion about the age mean, pooled: var = m + m^2 / shape.
    excess = sum(sum((x - m) ** 2 for x in s) - len(s) * m for s, m in zip(samples, means))
    shape = sum(len(s) * m * m for s, m in zip(samples, means)) / excess
    people = city_ages[:15] + [sum(city_ages[15:])]
    base = gamma_bins(shape, CONTACT_QUANTILES)
    def built(factor):
        columns = [numpy.minimum(255, numpy.floor(base * (2 * factor * m) + 0.5)).astype(int) for m in means]
        return columns, sum(p * c.mean() for p, c in zip(people, columns)) / sum(people) / 2
    low, high = 1.0, 10.0
    for _ in range(60):
        factor = (low + high) / 2
        low, high = (factor, high) if built(factor)[1] < CONTACTS_PER_DAY else (low, factor)
    columns = built(factor)[0]
    header = ["quantile"] + [f"age_{low}" for low, _ in groups]
    return {"contact_rates.csv": table(header, [[q, *[int(c[q]) for c in columns]] for q in range(CONTACT_QUANTILES)])}


def age_tables(raw):
    """Single years within five-year groups, and employment by age."""
    sampled = [float(line.split(",")[1]) for line in open(raw / "ny_state_age_distribution_85.csv")]
    weights = []
    for age in range(101):
        if age < 80:
            weights.append(sampled[age])
        else:  # the sample ends at 84+: a yearly survival of 0.93 to 84, then 0.86, are assumptions here
            weights.append(1000 * 0.93 ** (min(age, 84) - 80) * 0.86 ** max(0, age - 84))
    work = [sum(map(float, line.split(","))) for line in open(raw / "ny_state_F_work_setting_18.csv")]
    rows = []
    for age in range(101):
        # 18 groups of the matrix: 0-4, ..., 75-79, 80-83, 84+. Nobody under 16 is employed.
        group = min(age // 5, 15) if age < 80 else (16 if age < 84 else 17)
        rows.append([age, weights[age], work[group] if age >= 16 else 0.0])
    return {"ages.csv": table(["age", "weight", "employed"], rows)}


def unemployment_table(raw):
    """The labor force of 2019: of each borough by month, and the mean of the months. Rates in percent as published,
    of the mean as computed. Later months are outcomes, and no input of a scenario."""
    header = ["borough", "month", "labor_force", "employed", "unemployed", "rate"]
    months = {}
    for r in rows_of(raw, "laus_train_BK_MN_to_2020-08_others_2019.csv"):
        if r["year"] == "2019":
            months.setdefault(r["borough"], []).append(r)
    rows = []
    for code in BOROUGHS:
        of = sorted(months[code], key=lambda r: int(r["month"]))
        assert [int(r["month"]) for r in of] == list(range(1, 13)), code
        counts = [[round(float(r[name])) for name in ("labor_force", "employed", "unemployed")] for r in of]
        rows += [[code, r["month"], *count, r["unemployment_rate"]] for r, count in zip(of, counts)]
        mean = [sum(column) / 12 for column in zip(*counts)]
        rows.append([code, "mean", *(round(x) for x in mean), f"{100 * mean[2] / mean[0]:.2f}"])
    return {"unemployment.csv": table(header, rows)}


def derive(raw):
    tables = {}
    tables.update(unemployment_table(raw))
    tables.update(borough_tables(raw))
    tables.update(neighborhood_tables(raw))
    tables.update(commuting_table(raw))
    tables.update(sector_tables(raw))
    tables.update(school_table(raw))
    tables.update(age_tables(raw))
    tables.update(money_tables.derive(table, rows_of(raw, "nyc_qcew2017_industry_by_borough.csv.gz"), SECTORS, BOROUGHS,
                                      NAMES))
    city_ages = [0] * len(AGES)
    for row in csv.DictReader(io.StringIO(tables["borough_age_sex.csv"])):
        city_ages[AGES.index(row["age"])] += int(row["female"]) + int(row["male"])
    tables.update(contact_table(raw, city_ages))
    return tables


def differing(tables, out, program):
    """Names of tables that differ from the files in a folder; each is said, with the program to run."""
    different = [name for name, text in tables.items()
                 if not (out / name).is_file() or (out / name).read_bytes() != text.encode()]
    for name in different:
        print(f"{name}: differs from what the raw files give. Run tools/nyc_tables/{program}.", file=sys.stderr)
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", nargs="?", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "scenarios" / "nyc" / "tables")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.raw.is_dir():
        print(f"SKIPPED: {options.raw} is absent, so the committed tables were NOT derived again.", file=sys.stderr)
        return 77
    tables = derive(options.raw)
    if not options.check:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, text in tables.items():
            (options.out / name).write_bytes(text.encode())
        print(f"{len(tables)} tables, {sum(map(len, tables.values()))} bytes in {options.out}")
        return 0
    different = differing(tables, options.out, "derive.py")
    unknown = sorted(p.name for p in options.out.glob("*.csv") if p.name not in tables and p.name not in FITTED)
    for name in unknown:
        print(f"{name}: not a derived table. Remove it or derive it.", file=sys.stderr)
    if not different and not unknown:
        print(f"{len(tables)} tables equal, byte for byte")
    return 1 if different or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
