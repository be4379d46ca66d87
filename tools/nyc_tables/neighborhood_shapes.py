#!/usr/bin/env python3
"""Simplify the outlines of New York's 262 neighborhoods for maps, as GeoJSON.

    neighborhood_shapes.py [RAW_DIR] [--out FILE] [--check]

RAW_DIR defaults to ../shared/data beside the checkout, FILE to
tools/python/throng/nyc_neighborhoods.json. With --check nothing is written: exit 0 where FILE is what
the raw file gives, 1 where not, 77 where RAW_DIR is absent.

Source: nyc_nta2020.topo.json (NTA2020 of the NYC Department of City Planning, open data; TopoJSON by
nychealth/EHDP-data, geography/NTA2020.topo.json at 7405db33). Borders that two neighborhoods share are
simplified once, so that they still fit: Douglas and Peucker (1973), TOLERANCE meters; islands smaller
than SMALLEST are left out where a neighborhood has larger parts. Degrees, four decimals.
"""
import argparse
import json
import math
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 35.0  # m
SMALLEST = 0.02  # km2
EAST = 111_320 * math.cos(math.radians(40.7))  # m per degree of longitude
NORTH = 111_132  # m per degree of latitude


def points_of(arc, transform):
    """Degrees of a quantized arc: every point after the first is a difference."""
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * transform["scale"][0] + transform["translate"][0],
                       y * transform["scale"][1] + transform["translate"][1]))
    return points


def off_line(point, a, b):
    """Meters from a point to the segment from a to b."""
    px, py, bx, by = ((point[0] - a[0]) * EAST, (point[1] - a[1]) * NORTH, (b[0] - a[0]) * EAST, (b[1] - a[1]) * NORTH)
    length = bx * bx + by * by
    along = max(0.0, min(1.0, (px * bx + py * by) / length)) if length > 0 else 0.0
    return math.hypot(px - along * bx, py - along * by)


def simplified(points):
    """The ends, and whatever lies further than TOLERANCE from the line of what was kept."""
    if len(points) < 3:
        return points
    far = max(range(1, len(points) - 1), key=lambda i: off_line(points[i], points[0], points[-1]))
    closed = points[0] == points[-1]
    if not closed and off_line(points[far], points[0], points[-1]) <= TOLERANCE:
        return [points[0], points[-1]]
    return simplified(points[:far + 1])[:-1] + simplified(points[far:])


def ring_of(indexes, arcs):
    """A closed ring; ~i is arc i backwards."""
    ring = []
    for i in indexes:
        arc = arcs[i] if i >= 0 else arcs[~i][::-1]
        ring += arc[1:] if ring else arc
    return [(round(x, 4), round(y, 4)) for x, y in ring]


def area(ring):
    """km2, positive or negative by the sense of rotation."""
    return sum((a[0] * b[1] - b[0] * a[1]) for a, b in zip(ring, ring[1:])) / 2 * EAST * NORTH / 1e6


def polygons_of(geometry, arcs):
    parts = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    polygons = [[ring_of(ring, arcs) for ring in part] for part in parts]
    polygons = [[ring for ring in part if len(ring) > 3] for part in polygons]
    polygons = sorted((part for part in polygons if part), key=lambda part: -abs(area(part[0])))
    return polygons[:1] + [part for part in polygons[1:] if abs(area(part[0])) >= SMALLEST]


def shapes(raw):
    topology = json.loads((raw / "nyc_nta2020.topo.json").read_text(encoding="utf-8"))
    arcs = [simplified(points_of(arc, topology["transform"])) for arc in topology["arcs"]]
    features = []
    for geometry in sorted(topology["objects"]["collection"]["geometries"], key=lambda g: g["properties"]["NTACode"]):
        properties = geometry["properties"]
        features.append({"type": "Feature", "id": properties["NTACode"], "properties": {"name": properties["GEONAME"]},
                         "geometry": {"type": "MultiPolygon", "coordinates": polygons_of(geometry, arcs)}})
    head = {"type": "FeatureCollection",
            "source": "NTA2020, NYC Department of City Planning (open data); nychealth/EHDP-data 7405db33, simplified"}
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    return json.dumps(head)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", nargs="?", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "tools/python/throng/nyc_neighborhoods.json")
    parser.add_argument("--check", action="store_true")
    a = parser.parse_args()
    if not (a.raw / "nyc_nta2020.topo.json").exists():
        print(f"SKIPPED: {a.raw} has no nyc_nta2020.topo.json. The outlines of neighborhoods were NOT compared with it.")
        return 77
    text = shapes(a.raw)
    if a.check:
        same = a.out.read_text(encoding="utf-8") == text
        print(f"{a.out}: {'is' if same else 'is NOT'} what the raw file gives")
        return 0 if same else 1
    a.out.write_text(text, encoding="utf-8")
    print(f"{a.out}: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
