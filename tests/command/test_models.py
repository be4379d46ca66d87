"""Models other than the epidemic, and pictures of them, as a user meets them.

usage: test_models.py THRONG MPIEXEC [CLASS]
"""
import collections
import itertools
import json
import os
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import command
from command import HERE, SOURCE, arrays, differences, h5py, log, np, run, status, throng

WIDTH, HEIGHT, STEPS = 24, 15, 12
LIFE = f"""title = "a small world"
[run]
model = "life"
steps = {STEPS}
[life]
width = {WIDTH}
height = {HEIGHT}
[output]
snapshot_steps = [0, 5, {STEPS}]
"""


def pixels(path):
    """Width, height and pixels [y, x] -> (red, green, blue) of a PNG of 8 bits a channel, from its bytes alone."""
    data = Path(path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        (size,), kind = struct.unpack(">I", data[at:at + 4]), data[at + 4:at + 8]
        body = data[at + 8:at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and color in (2, 6), (depth, color)
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    channels = 3 if color == 2 else 4
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels)
    image = np.zeros((height, width * channels), np.uint8)
    for y, line in enumerate(lines):
        above = image[y - 1] if y > 0 else np.zeros(width * channels, np.uint8)
        for x, byte in enumerate(line[1:]):
            left = int(image[y, x - channels]) if x >= channels else 0
            up, corner = int(above[x]), int(above[x - channels]) if x >= channels else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            image[y, x] = (int(byte) + (0, left, up, (left + up) // 2, paeth)[line[0]]) % 256
    return width, height, image.reshape(height, width, channels)[:, :, :3]


class World(command.Folder):
    def setUp(self):
        super().setUp()
        self.scenario = self.folder / "life.toml"
        self.scenario.write_text(LIFE)
        self.out = self.folder / "out"


class Life(World):
    def test_the_json_line_has_what_every_run_has_and_its_own(self):
        line = run(self.scenario, self.out)
        self.assertEqual(list(line), ["scenario", "seed", "agents", "steps", "ranks", "threads", "content_hash",
                                      "cells_dead", "cells_alive", "turned_dead", "turned_alive", "build_s", "loop_s",
                                      "output_s", "checkpoint_s", "wall_s", "peak_rss_bytes"])
        self.assertEqual((line["scenario"], line["agents"], line["steps"]), ("life", WIDTH * HEIGHT, STEPS))
        found = arrays(self.out)
        self.assertEqual([line["cells_dead"], line["cells_alive"]], found["series/cells"][-1].tolist())
        self.assertEqual(line["content_hash"], f"{found['tables/content_hash/hash'][-1]:016x}")

    def test_the_results_explain_themselves(self):
        run(self.scenario, self.out)
        with h5py.File(self.out / "results.h5") as file:
            self.assertEqual(file["series/time"].attrs["units"], "1")
            self.assertEqual(file["series/state"].asstr()[:].tolist(), ["dead", "alive"])
            self.assertEqual(file["series/cells"].shape, (STEPS + 1, 2))
            cell = file["agents/cell"]
            self.assertEqual((cell.attrs["space"], cell.attrs["width"], cell.attrs["height"], cell.attrs["torus"],
                              cell.attrs["neighborhood"]), ("grid", WIDTH, HEIGHT, 1, "moore"))
            self.assertIn("r % width", cell.attrs["layout"])
            self.assertEqual(list(cell["snapshots"]), ["00000000", "00000005", f"{STEPS:08d}"])
            for step in (0, 5, STEPS):
                state = cell[f"snapshots/{step:08d}/life.state"][:]
                self.assertEqual(np.bincount(state, minlength=2).tolist(), file["series/cells"][step].tolist())
            # the next generation of a snapshot's, by its width alone
            first = cell["snapshots/00000000/life.state"][:].reshape(HEIGHT, WIDTH)
            around = sum(np.roll(first, shift, (0, 1)) for shift in itertools.product((-1, 0, 1), repeat=2)) - first
            alive = (around == 3) | (first & (around == 2) == 1)
            self.assertEqual(int(alive.sum()), file["series/cells"][1, 1])

    def test_it_says_steps_and_cells_and_no_dates(self):
        done = throng("run", self.scenario, "--out", self.out, "--threads", 1, check=0)
        self.assertIn(f"life: {WIDTH * HEIGHT} cells, {STEPS} steps, 1 ranks x 1 threads", done.stderr)
        self.assertRegex(done.stderr, rf"step {STEPS}/{STEPS}  dead \d+  alive \d+  .* ns/agent-step")
        self.assertRegex(done.stdout, r"(?m)^Cells by state: alive, at most \d+$")
        self.assertRegex(done.stdout, rf"(?m)^  step 0 +step {STEPS}$")
        self.assertRegex(done.stdout, r"(?m)^cells alive          \d+$")
        self.assertRegex(done.stdout, r"(?m)^memory +[\d.]+ bytes per cell ")
        for word in ("people", "person", "day", "infections", "20"):
            self.assertNotRegex(done.stdout.split("time  ")[0], rf"\b{word}\b")
        events = {entry["event"]: entry for entry in log(self.out)}
        self.assertEqual((events["built"]["cells"], events["built"]["steps"]), (WIDTH * HEIGHT, STEPS))
        self.assertIn("cells_alive", events["simulated"])
        self.assertIn("cells_alive", status(self.out)["summary"])

    def test_seed_steps_and_replicates_are_as_everywhere(self):
        line = run(self.scenario, self.out, "--seed", 5, "--steps", 12, "--replicates", 3)
        self.assertEqual([r["seed"] for r in line["replicates"]], [5, 6, 7])
        alive = sorted(r["cells_alive"] for r in line["replicates"])
        self.assertEqual(line["cells_alive"], alive[1])
        self.assertEqual(arrays(self.out, ("quantiles",))["quantiles/cells"].shape, (5, STEPS + 1, 2))
        single = run(self.scenario, self.folder / "six", "--seed", 6)
        self.assertEqual(single["content_hash"], line["replicates"][1]["content_hash"])
        said = throng("run", self.scenario, "--out", self.folder / "three", "--replicates", 3, check=0)
        self.assertRegex(said.stderr, r"seed 2: cells dead \d+, cells alive \d+, ")
        self.assertRegex(said.stdout, r"(?m)^  cells alive        from \d+ to \d+$")

    def test_check_and_trace_know_it(self):
        said = throng("check", self.scenario, check=0).stdout
        self.assertTrue(said.startswith(f"{self.scenario}: good: {WIDTH * HEIGHT} cells, {STEPS} steps\n"), said)
        line = run(self.scenario, self.out)
        state = arrays(self.out)["agents/cell/snapshots/00000005/life.state"]
        first = arrays(self.out)["agents/cell/snapshots/00000000/life.state"]
        turned = int(np.flatnonzero(state != first)[0])
        text = throng("trace", self.out, "--person", turned, check=0).stdout
        self.assertRegex(text, r"step \d+ generation act life.live_everywhere  life.state: (dead -> alive|alive -> dead)")
        self.assertIn(line["content_hash"], text)
        self.assertIn("there is no cell 999999", throng("trace", self.out, "--person", 999999, check=65).stderr)
        self.assertIn("not synthesized", throng("fit-report", self.scenario, check=65).stderr)

    def test_describe_explains_models(self):
        told = json.loads(throng("describe", "--json", check=0).stdout)
        self.assertEqual([m["name"] for m in told["models"]][:2], ["epidemic", "life"])
        self.assertIn("life.live", [b["name"] for b in told["behaviors"]])
        of = {p["name"]: p["models"] for p in told["parameters"]}
        self.assertEqual((of["life.width"], of["epidemic.r0"], of["run.steps"]), ("life", "epidemic", ""))
        self.assertIn("  of model: life\n", throng("describe", "life.rule", check=0).stdout)

    def test_a_section_of_another_model_gives_65(self):
        for ranks in (1, 2):
            done = throng("run", self.scenario, "--out", self.out, "--set", "epidemic.r0=2", ranks=ranks, check=65)
            self.assertEqual(done.stderr.count("epidemic would not be read (it belongs to run.model 'epidemic', and "
                                               "this scenario's is 'life')"), 1, done.stderr)
        self.assertFalse(self.out.exists())
        done = throng("run", HERE / "town.toml", "--out", self.out, "--set", "life.width=9", check=65)
        self.assertIn("life would not be read (it belongs to run.model 'life'", done.stderr)

    def test_a_base_gives_its_model(self):
        based = self.folder / "based.toml"
        based.write_text('base = "life.toml"\nlife.rule = "B36/S23"\n')
        self.assertIn("  life.rule = \"B36/S23\"  (was \"B3/S23\")", throng("check", based, check=0).stdout)
        run(based, self.out)

    def test_the_r_pentomino_of_the_tree_leaves_116_cells(self):
        line = run(SOURCE / "scenarios/classics/life/life.toml", self.out)
        alive = arrays(self.out)["series/cells"][:, 1]
        self.assertEqual((alive[0], set(alive[1103:])), (5, {116}))
        self.assertNotEqual(alive[1102], 116)
        self.assertEqual(line["cells_alive"], 116)


class Classics(command.Folder):
    STEPS = 12
    SMALL = {"adoption": ["adoption.people=2_000"], "predation": ["predation.side=24"],
             "random_walk": ["random_walk.walkers=500"], "repeated_games": ["repeated_games.groups=20"],
             "played_games": ["played_games.pairs=64"],
             "spatial_dilemma": ["spatial_dilemma.width=40", "spatial_dilemma.height=30"],
             "voter": ["voter.groups=30"], "flocking": ["flocking.birds=300"],
             "bounded_confidence": ["bounded_confidence.people=200"]}
    DRAWN = {"culture", "flocking", "life", "predation", "segregation", "sparse_life", "spatial_dilemma"}

    def settings(self, name, *more):
        every = [f"output.snapshot_steps=[0,{self.STEPS}]", *self.SMALL.get(name, []), *more]
        return [argument for setting in every for argument in ("--set", setting)]

    def test_every_classic_of_the_tree_runs_alike_on_any_ranks(self):
        scenarios = sorted((SOURCE / "scenarios/classics").glob("*/*.toml"))
        self.assertGreater(len(scenarios), 12)
        told = json.loads(throng("describe", "--json", check=0).stdout)
        self.assertEqual({path.stem for path in scenarios} | {"epidemic"}, {m["name"] for m in told["models"]})
        for path in scenarios:
            with self.subTest(path.stem):
                alone, spread = self.folder / path.stem, self.folder / f"{path.stem} on ranks"
                line = run(path, alone, "--steps", self.STEPS, *self.settings(path.stem))
                found = arrays(alone)
                self.assertEqual(line["steps"], self.STEPS)
                self.assertGreater(len(set(found["tables/content_hash/hash"].tolist())), 5, "nothing happens")
                self.assertTrue(any(name.startswith("series/") and len(values) == self.STEPS + 1
                                    for name, values in found.items()))
                run(path, spread, "--steps", self.STEPS, "--shuffle-rows", 3, "--shuffle-messages", 5,
                    *self.settings(path.stem, "partition.kind=scatter"), ranks=3)
                self.assertEqual(differences(found, arrays(spread)), [])
                picture = self.folder / f"{path.stem}.png"
                done = throng("draw", alone, "--step", self.STEPS, "-o", picture,
                              check=0 if path.stem in self.DRAWN else 65)
                if path.stem in self.DRAWN:
                    width, height, image = pixels(picture)
                    self.assertGreater(min(width, height), 300)
                    self.assertGreater(len(np.unique(image.reshape(-1, 3), axis=0)), 1, "an empty picture")
                else:
                    self.assertIn("nothing in it is anywhere", done.stderr)

    def test_a_trace_tells_kinds_apart_and_numbers_as_they_are(self):
        path, out = SOURCE / "scenarios/classics/predation/predation.toml", self.folder / "out"
        run(path, out, "--steps", 40, "--set", "output.snapshot_steps=[40]")
        living = set(arrays(out)["agents/sheep/snapshots/00000040/sheep.id"].tolist())
        first = next(k for k in range(100) if k not in living)
        text = throng("trace", out, "--person", first, check=0).stdout
        lines = text.splitlines()
        self.assertRegex(text, rf"step \d+ eat observe sheep.graze  sheep {first} tells patch \d+ patch.portions\n")
        self.assertRegex(text, r"sheep.x: \d+\.\d+ -> \d+\.\d+\n")
        self.assertRegex(lines[-2], r"^step \d+ (eat|breed)  dies$")  # and nothing after it
        parent = next(k for k in range(100)
                      if "  bears sheep " in throng("trace", out, "--person", k, check=0).stdout)
        told = throng("trace", out, "--person", parent, check=0).stdout
        child = told.split("  bears sheep ")[1].split()[0]
        self.assertRegex(throng("trace", out, "--person", child, check=0).stdout, r"^step \d+ breed  is born\n")
        self.assertIn("there is no sheep 99999", throng("trace", out, "--person", 99999, check=65).stderr)

    def test_a_meadow_without_sheep_says_nothing_per_sheep(self):
        path = SOURCE / "scenarios/classics/predation/predation.toml"
        done = throng("run", path, "--out", self.folder / "out", "--steps", 30, "--set", "predation.sheep=0", "--set",
                      "output.snapshot_steps=[]", check=0)
        self.assertRegex(done.stdout, r"(?m)^memory +- per sheep ")
        self.assertNotRegex(done.stdout + done.stderr, r"\b(inf|nan)\b")

    def test_a_plane_that_is_too_small_is_the_users_mistake(self):
        path = SOURCE / "scenarios/classics/sparse_life/sparse_life.toml"
        for ranks in (1, 2):
            done = throng("run", path, "--out", self.folder / "out", "--set", "sparse_life.side=64", "--set",
                          "output.snapshot_steps=[]", ranks=ranks, check=65)
            self.assertIn("sparse_life.side: the pattern comes to the border in step 84 ", done.stderr)

    def test_rows_that_come_and_go_are_told_by_their_ids(self):
        path = SOURCE / "scenarios/classics/predation/predation.toml"
        out = self.folder / "out"
        line = run(path, out, "--steps", 60, "--set", "output.snapshot_steps=[0,60]")
        found = arrays(out)
        for kind, series in (("sheep", "sheep"), ("wolf", "wolves")):
            first, last = (found[f"agents/{kind}/snapshots/{step:08d}/{kind}.id"] for step in (0, 60))
            self.assertEqual((len(first), len(last)), (found[f"series/{series}"][0], found[f"series/{series}"][-1]))
            self.assertTrue((np.diff(last) > 0).all())
            self.assertGreater(last[-1], len(last), "nobody was born or died")
            x = found[f"agents/{kind}/snapshots/00000060/{kind}.x"]
            self.assertTrue(((x >= 0) & (x < 51)).all() and len(np.unique(x)) > len(x) // 2)
        self.assertEqual(line["sheep"], found["series/sheep"][-1])


class Independence(World):
    def test_the_same_bits_on_any_ranks_threads_and_orders(self):
        run(self.scenario, self.folder / "reference")
        expected = arrays(self.folder / "reference")
        self.assertGreater(len(set(expected["tables/content_hash/hash"].tolist())), 5)
        for ranks, partition, shuffled in itertools.product((1, 2, 3, 4), ("geography", "scatter"), (False, True)):
            with self.subTest(ranks=ranks, partition=partition, shuffled=shuffled):
                orders = ("--shuffle-rows", 3, "--shuffle-messages", 5) if shuffled else ()
                out = self.folder / f"{ranks}{partition}{shuffled}"
                run(self.scenario, out, "--set", f"partition.kind={partition}", *orders, ranks=ranks,
                    threads=1 + ranks % 2)
                self.assertEqual(differences(expected, arrays(out)), [])
        run(self.scenario, self.folder / "other", "--seed", 2)
        self.assertIn("series/cells", differences(expected, arrays(self.folder / "other")))


class Drawn(World):
    def setUp(self):
        super().setUp()
        run(self.scenario, self.out)

    def state(self, step):
        return arrays(self.out)[f"agents/cell/snapshots/{step:08d}/life.state"].reshape(HEIGHT, WIDTH)

    def test_a_png_shows_each_cell_in_the_color_of_its_label(self):
        side = 640 // WIDTH
        for step in (0, STEPS):
            file = self.folder / f"{step}.png"
            throng("draw", self.out, "--step", step, "-o", file, check=0)
            width, height, image = pixels(file)
            self.assertEqual((width, height), (WIDTH * side, HEIGHT * side))
            state = self.state(step)
            self.assertTrue(0 < state.sum() < state.size)
            expected = np.where(state[:, :, None] == 1, (0, 0, 0), (240, 240, 240))
            np.testing.assert_array_equal(image, expected.repeat(side, 0).repeat(side, 1))

    def test_an_svg_has_a_square_for_each_living_cell(self):
        file = self.folder / "cells of 5.svg"
        throng("draw", self.out, "--step", 5, "--output", file, check=0)
        root = ElementTree.parse(file).getroot()
        side = 640 // WIDTH
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertEqual(root.get("viewBox"), f"0 0 {WIDTH * side} {HEIGHT * side}")
        drawn = [item for item in root.iter() if "fill" in item.attrib or "style" in item.attrib]
        self.assertEqual(len(drawn), 1 + int(self.state(5).sum()))  # and the ground

    def test_a_column_and_a_replicate_can_be_chosen(self):
        out = self.folder / "many"
        run(self.scenario, out, "--replicates", 2)
        for arguments in (("--replicate", 1), ("--column", "life.state", "--kind", "cell")):
            throng("draw", out, "--step", 0, "-o", self.folder / "a.png", *arguments, check=0)
            width, height, image = pixels(self.folder / "a.png")
            self.assertEqual(width, 640 // WIDTH * WIDTH)
        self.assertEqual(set(map(tuple, image.reshape(-1, 3))), {(0, 0, 0), (240, 240, 240)})
        said = throng("draw", out, "--step", 0, "-o", self.folder / "a.png", "--replicate", 2, check=65).stderr
        self.assertIn("there is no replicate 2 (the run has 2, counted from 0)", said)

    def test_points_are_drawn_by_any_two_columns_and_kinds_over_each_other(self):
        walk, meadow, file = self.folder / "walk", self.folder / "meadow", self.folder / "a.svg"
        classics = SOURCE / "scenarios/classics"
        run(classics / "random_walk/random_walk.toml", walk, "--steps", 3, "--set", "random_walk.walkers=40", "--set",
            "output.snapshot_steps=[3]")
        run(classics / "predation/predation.toml", meadow, "--steps", 3, "--set", "output.snapshot_steps=[3]")

        def discs(out, *arguments):
            throng("draw", out, "--step", 3, "-o", file, *arguments, check=0)
            root = ElementTree.parse(file).getroot()
            fills = (item.get("fill") or item.get("style") for item in root.iter())
            return collections.Counter(fill for fill in fills if fill), root

        where = ("--x", "random_walk.x", "--y", "random_walk.y")
        colors, root = discs(walk, *where, "--size", 200)
        self.assertEqual(sum(colors.values()), 41)  # and the ground
        x, y = (arrays(walk)[f"agents/walker/snapshots/00000003/random_walk.{c}"] for c in "xy")
        sides = [float(n) for n in root.get("viewBox").split()[2:]]
        self.assertAlmostEqual(max(sides), 200, delta=1)
        self.assertAlmostEqual(sides[0] / sides[1], (np.ptp(x) + max(np.ptp(x), np.ptp(y)) / 10)
                               / (np.ptp(y) + max(np.ptp(x), np.ptp(y)) / 10), delta=0.02)
        rows = {kind: len(arrays(meadow)[f"agents/{kind}/snapshots/00000003/{kind}.x"]) for kind in ("sheep", "wolf")}
        colors, _ = discs(meadow, "--kind", "sheep", "--kind", "wolf")
        self.assertEqual(sorted(colors.values()), sorted([1, rows["sheep"], rows["wolf"]]))
        for arguments, wanted in (
                ((walk,), "nothing in it is anywhere"),
                ((walk, "--x", "random_walk.x", "--y", "random_walk.z"), "or none 'random_walk.z'"),
                ((meadow, "--kind", "sheep", "--kind", "patch"), "'patch' is nowhere"),
                ((meadow, "--kind", "sheep", "--kind", "wolf", "--distinct"), "Draw one kind, or leave the column out")):
            self.assertIn(wanted, throng("draw", arguments[0], "--step", 3, "-o", file, *arguments[1:],
                                         check=65).stderr)
        self.assertIn("--x requires --y", throng("draw", walk, "--step", 3, "-o", file, "--x", "a", check=2).stderr)

    def test_each_different_value_has_a_color_the_commonest_that_of_the_ground(self):
        out, file = self.folder / "culture", self.folder / "a.png"
        run(SOURCE / "scenarios/classics/culture/culture.toml", out, "--steps", 1_500, "--set",
            "output.snapshot_steps=[1_500]")
        throng("draw", out, "--step", 1_500, "-o", file, "--distinct", "--size", 10, check=2)
        throng("draw", out, "--step", 1_500, "-o", file, "--distinct", "--size", 20, check=0)
        width, height, image = pixels(file)
        self.assertEqual((width, height), (20, 20))
        drawn = [tuple(p) for p in image[::2, ::2].reshape(-1, 3)]
        cultures = arrays(out)["agents/site/snapshots/00001500/culture.traits"].tolist()
        self.assertTrue(1 < len(set(cultures)) <= 9)
        self.assertEqual(len(set(zip(cultures, drawn))), len(set(cultures)))
        self.assertEqual(len(set(drawn)), len(set(cultures)))
        commonest = collections.Counter(cultures).most_common(1)[0][0]
        self.assertEqual(drawn[cultures.index(commonest)], (240, 240, 240))

    def test_mistakes_say_what_there_is(self):
        town = self.folder / "town"
        run(HERE / "town.toml", town, "--set", "population.town.people=500", "--steps", 5, "--set",
            "output.snapshots=[]", "--set", "output.snapshot_steps=[5]")
        none = self.folder / "none"
        run(self.scenario, none, "--set", "output.snapshot_steps=[]")
        good = self.folder / "a.png"
        results = f"{self.out}/results.h5"
        for arguments, code, wanted in (
                ((self.out, "--step", 7, "-o", good), 65,
                 f"{results}: there is no snapshot of step 7 (there are: 0, 5, {STEPS}). Give one of these"),
                ((town, "--step", 5, "-o", good), 65, "nothing in it is anywhere (only cells of a grid and points of a "
                                                      "plane can be drawn; it has person)"),
                ((none, "--step", 5, "-o", good), 65, "it holds no snapshots (the scenario asked for none). Run it "
                                                      "again with output.snapshot_steps = [5]."),
                ((self.out, "--step", 5, "-o", self.folder / "a.gif"), 65, "a.gif: is neither .png nor .svg"),
                ((self.out, "--step", 5, "-o", self.folder / "absent" / "a.png"), 74, "absent/a.png: cannot be created"),
                ((self.out, "--step", 5, "-o", good, "--kind", "wolf"), 65, "holds no agents of kind 'wolf' (it has: "
                                                                            "'cell')"),
                ((self.out, "--step", 5, "-o", good, "--column", "life.sate"), 65,
                 "holds no column of 'cell' called 'life.sate' (it has: 'life.state')"),
                ((self.folder, "--step", 5, "-o", good), 65, "is no run directory (it has no run.json)"),
                ((self.out, "-o", good), 2, "--step: is missing"),
                ((self.out, "--step", 5), 2, "--output: is missing")):
            with self.subTest(arguments=arguments):
                self.assertIn(wanted, throng("draw", *arguments, check=code).stderr)
        self.assertFalse(good.exists())

    def test_a_full_disk_leaves_no_half_picture(self):
        import resource
        file = self.folder / "a.svg"
        done = throng("draw", self.out, "--step", 0, "-o", file, check=74,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)))
        self.assertIn("File too large", done.stderr)
        self.assertFalse(file.exists())


class Pictures(command.Folder):
    """Those on the pages of the small worlds, which tools/draw_classics makes."""
    def draw(self, folder, *arguments):
        (self.folder / folder).mkdir()
        subprocess.run([sys.executable, SOURCE / "tools/draw_classics", "--program", command.THRONG, "--into",
                        self.folder / folder, *map(str, arguments)], check=True, capture_output=True)
        return {file.stem: file for file in sorted((self.folder / folder).iterdir())}

    def test_every_world_in_space_has_one_on_its_page(self):
        shown = {file.stem: file for file in sorted((SOURCE / "scenarios/classics").rglob("*.png"))}
        self.assertEqual(set(shown), set(self.draw("few", "--steps", 2)))
        for name, file in shown.items():
            with self.subTest(name):
                self.assertLess(file.stat().st_size, 30_000)
                self.assertIn(f"({os.path.relpath(file, SOURCE / 'behaviors' / name)})",
                              (SOURCE / "behaviors" / name / "README.md").read_text())

    def test_drawn_again_they_are_the_same(self):
        for name, file in self.draw("again").items():
            with self.subTest(name):
                width, height, image = pixels(file)
                shown = pixels(SOURCE / "scenarios/classics" / name / f"{name}.png")
                self.assertEqual((width, height), shown[:2])
                grounds = (image == 255).all(2) | (image == 240).all(2)
                self.assertTrue(0.05 < grounds.mean() < 0.999, grounds.mean())
                # cells have whole pixels; the rims of points may differ by the version of cairo
                different = (np.abs(image.astype(int) - shown[2]) > 16).any(2).mean()
                of_points = name in ("flocking", "predation", "random_walk", "sparse_life")
                self.assertLessEqual(different, 0.005 if of_points else 0)

    def test_two_drawings_are_equal_bytes_and_another_step_is_another_picture(self):
        one, other, later = (self.draw(*arguments) for arguments in (("a", "--steps", 5), ("b", "--steps", 5),
                                                                     ("c", "--steps", 9)))
        for name, file in one.items():
            with self.subTest(name):
                self.assertEqual(file.read_bytes(), other[name].read_bytes())
                self.assertNotEqual(file.read_bytes(), later[name].read_bytes())

    def test_a_name_it_does_not_know_is_refused(self):
        done = subprocess.run([sys.executable, SOURCE / "tools/draw_classics", "lief"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no picture of lief (there are: life, ", done.stderr)


if __name__ == "__main__":
    command.main()
