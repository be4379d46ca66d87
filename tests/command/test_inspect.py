"""Files that runs leave: told and verified; damaged ones, and some made to do harm.

usage: test_inspect.py THRONG MPIEXEC [CLASS]
"""
import json
import os
import random
import shutil
import time
import zlib
from pathlib import Path

import command
from command import h5py, np, SANITIZED, status, throng
from run_files import Files, flipped, limited, Made, seal, TOWN, unsealed, verdicts, verify


class Verified(Files):
    def expected(self, out, files):
        return "".join(f"whole      {out}/{path}: {words}, {(out / path).stat().st_size:,} bytes\n"
                       for path, words in files) + f"{len(files)} files, all whole\n"

    def test_every_file_of_a_run_is_named(self):
        out = self.copy(Made.town())
        self.assertEqual(verify(out, check=0).stdout, self.expected(out, [
            ("run.json", "run of town, completed"), ("scenario.toml", "scenario"),
            ("results.h5", "results of town, seed 7, complete"),
            ("checkpoints/ckpt-00000020.h5", "checkpoint of step 20"),
            ("checkpoints/ckpt-00000030.h5", "checkpoint of step 30"),
            ("checkpoints/fixed.h5", "columns that never change"),
            ("segments/out-00000000-00000010.h5", "segment of steps 0 to 10"),
            ("segments/out-00000010-00000020.h5", "segment of steps 10 to 20"),
            ("segments/out-00000020-00000030.h5", "segment of steps 20 to 30")]))
        self.assertIn("11 files, all whole", verify(Made.seeds(), out / "results.h5", out / "run.json",
                                                    check=0).stdout)

    def test_a_file_alone_is_known_by_its_content(self):
        out, copies = Made.meadow(), {}
        for source, name, words in (("results.h5", "mine.h5", "results of predation, seed 1, complete"),
                                    ("segments/out-00000020-00000040.h5", "s", "segment of steps 20 to 40"),
                                    ("checkpoints/ckpt-00000020.h5", "ckpt-00000020.h5", "checkpoint of step 20"),
                                    ("checkpoints/ckpt-00000020.json", "ckpt-00000020.json", "side file of step 20"),
                                    ("run.json", "run.json", "run of predation, completed"),
                                    ("scenario.toml", "scenario.toml", "scenario")):
            copies[name] = words
            shutil.copy(out / source, self.folder / name)
        for name, words in copies.items():
            with self.subTest(name=name):
                self.assertIn(f"{name}: {words}, ", verify(self.folder / name, check=0).stdout)

    def check_copies(self, source, count, cuts, code, side=None, damage_side=False):
        """Flips of one bit and cuts, each in a folder of its own: all are found."""
        chance = random.Random(2)
        good, paths = source.read_bytes(), []
        for k in range(count + cuts):
            folder = self.folder / f"{source.name} {k}"
            folder.mkdir()
            bad = flipped(good, chance) if k < count else good[:chance.randrange(len(good))]
            (folder / source.name).write_bytes(bad)
            if side is not None:
                shutil.copy(side, folder)
            if damage_side:
                shutil.copy(source.with_suffix(".h5"), folder)
            paths.append(folder / source.name)
        asked = [path.with_suffix(".h5") if damage_side else path for path in paths]
        done = verify(*asked, check=code)
        found = verdicts(done.stdout)
        self.assertEqual([found["whole"], found["not ours"]], [[], []])
        for path, line in zip(paths, found["damaged"], strict=True):
            self.assertTrue(line.startswith(f"{path}: "), line)
        self.assertEqual(done.stdout.splitlines()[-1], f"{count + cuts} files, {count + cuts} problems")
        self.assertEqual(done.stderr, "")

    def test_300_flips_and_100_cuts_of_a_checkpoint_are_found(self):
        checkpoint = Made.meadow() / "checkpoints/ckpt-00000040.h5"
        self.check_copies(checkpoint, 300, 100, 66, side=checkpoint.with_suffix(".json"))

    def test_flips_and_cuts_of_a_side_file_are_found(self):
        self.check_copies(Made.meadow() / "checkpoints/ckpt-00000040.json", 40, 20, 66, damage_side=True)

    def test_flips_and_cuts_of_results_and_segments_are_found(self):
        self.check_copies(Made.meadow() / "results.h5", 40, 20, 74)
        self.check_copies(Made.meadow() / "segments/out-00000020-00000040.h5", 40, 20, 66)

    def test_the_worst_damage_gives_the_code(self):
        """Results before checkpoints before what is none of ours."""
        out = self.copy(Made.town())
        other = self.folder / "letter.txt"
        other.write_text("Dear Sir,\n")
        verify(out, other, check=65)
        with open(out / "checkpoints/ckpt-00000020.h5", "r+b") as file:
            file.write(b"\0")
        done = verify(out, other, check=66)
        self.assertEqual(done.stdout.splitlines()[-1], "10 files, 2 problems")
        os.truncate(out / "results.h5", 1000)
        found = verdicts(verify(out, other, check=74).stdout)
        self.assertEqual([len(found[word]) for word in ("whole", "damaged", "not ours")], [7, 2, 1])
        self.assertIn(f"{out}/results.h5: has no seal at its end", found["damaged"][0])
        self.assertIn(f"{out}/checkpoints/ckpt-00000020.h5: its bytes from 0 on are not those", found["damaged"][1])

    def test_files_have_to_fit_each_other(self):
        def no(name):
            return lambda out: (out / name).unlink()

        def swap(name, other):
            return lambda out: shutil.copy(other / name, out / name)

        def broken(name, text):
            return lambda out: (out / name).write_text(text)

        def renamed(a, b):
            def do(out):
                for end in (".h5", ".json"):
                    (out / "checkpoints" / (b + end)).unlink(missing_ok=True)
                    (out / "checkpoints" / (a + end)).rename(out / "checkpoints" / (b + end))
            return do

        def incomplete(out):
            path = out / "results.h5"
            path.write_bytes(unsealed(path.read_bytes()))
            with h5py.File(path, "r+") as file:
                file.attrs["complete"] = np.uint8(0)
            seal(path)

        def goes_on(out):
            pieces = self.folder / "pieces"
            throng("run", TOWN[0], *TOWN[1:], "--out", pieces, "--quiet", "--stop-at", 0, check=75)
            throng("resume", pieces, "--quiet", check=0)
            (pieces / "segments/out-00000000-00000000.h5").unlink()
            for path in (pieces / "segments").iterdir():
                shutil.copy(path, out / "segments")

        other = Made.run("other", *TOWN, "--seed", 8)
        both = lambda out: [swap(f"checkpoints/fixed.{end}", other)(out) for end in ("h5", "json")]
        for number, (change, code, words) in enumerate([
                (no("results.h5"), 74, "results.h5: is not there (the run was completed"),
                (incomplete, 74, "results.h5: says complete = 0, and run.json that the run was completed"),
                (swap("results.h5", other), 74, "results.h5: is of another run than scenario.toml beside it (run.seed "
                                                "was 8 and is 7)"),
                (no("scenario.toml"), 74, "scenario.toml: is not there"),
                (no("run.json"), 74, "run.json: is not there"),
                (no("segments/out-00000010-00000020.h5"), 66, "has no segment that ends at step 20 (it was removed)"),
                (goes_on, 66, "out-00000000-00000010.h5: is not the first of its run (the one before it was removed)"),
                (no("checkpoints/ckpt-00000020.json"), 66, "ckpt-00000020.json: is not there"),
                (broken("run.json", '{"format": "throng-run"}'), 74, "run.json: lacks what a run says of itself"),
                (broken("run.json", "[" * 100_000), 74, "run.json: "),
                (broken("scenario.toml", "[run\n"), 74, "scenario.toml:1:"),
                (broken("checkpoints/ckpt-00000020.json", "{}"), 66, "is not the side file of a checkpoint"),
                (swap("checkpoints/ckpt-00000020.h5", other), 66, "ckpt-00000020.h5: "),
                (both, 66, "fixed.h5: does not have the columns of ckpt-00000020.h5"),
                (renamed("ckpt-00000020", "ckpt-00000030"), 66, "tells of another file, \"ckpt-00000020.h5\"")]):
            with self.subTest(words=words):
                out = self.copy(Made.town(), f"{number}")
                change(out)
                done = verify(out, check=code)
                self.assertIn(words, "\n".join(verdicts(done.stdout)["damaged"]), done.stdout)
                self.assertEqual(limited("inspect", out, check=code).stderr.count(words), 1)

    def test_results_of_an_earlier_run_are_told(self):
        out = self.overwritten()
        self.assertIn(f"{out}/results.h5: is of another run than scenario.toml beside it (run.seed was 7 and is 8)",
                      verdicts(verify(out, check=65).stdout)["not ours"][0])
        throng("merge", out, check=0)
        verify(out, check=0)
        # what no result depends on may be changed
        (out / "scenario.toml").write_text((out / "scenario.toml").read_text().replace("every_steps = 10", "every_steps = 5"))
        verify(out, check=0)

    def test_seeds_that_are_finished_are_looked_at(self):
        out = self.copy(Made.town())
        single = out / "results.h5"
        (out / "replicates").mkdir()
        finished = out / "replicates/00000000.h5"
        shutil.copy(single, finished)
        with h5py.File(single) as file:
            outcome = {"seed": 7, "content_hash": file.attrs["content_hash"], "figures": []}
        self.assertIn("00000000.h5.json: is not there", verify(out, check=74).stdout)
        beside = out / "replicates/00000000.h5.json"
        beside.write_text(json.dumps(outcome))
        self.assertIn(f"{beside}: outcome of seed 7, ", verify(out, check=0).stdout)
        beside.write_text(json.dumps({**outcome, "content_hash": "0" * 16}))
        self.assertIn("their hashes differ", verify(out, check=74).stdout)
        beside.write_text("{}")
        self.assertIn("does not say what became of a seed", verify(out, check=74).stdout)

    def test_what_was_never_finished_does_no_harm(self):
        out = self.copy(Made.town())
        for name in ("results.h5.tmp", "checkpoints/ckpt-00000040.h5.tmp", "checkpoints/ckpt-00000010.json"):
            (out / name).write_bytes(b"half")
        found = verdicts(verify(out, check=0).stdout)
        self.assertEqual(len(found["whole"]), 9)
        self.assertEqual([line.split(":")[0] for line in found["left over"]],
                         [f"{out}/{name}" for name in ("results.h5.tmp", "checkpoints/ckpt-00000010.json",
                                                       "checkpoints/ckpt-00000040.h5.tmp")])

    def test_what_is_no_file_of_a_run_gives_65(self):
        def h5(path):
            with h5py.File(path, "w") as file:
                file["x"] = np.arange(3)

        empty = self.folder / "empty"
        empty.mkdir()
        os.mkfifo(self.folder / "pipe.h5")
        for name, make in (("nothing.h5", Path.touch), ("text.h5", lambda p: p.write_text("no")), ("other.h5", h5),
                           ("letter.json", lambda p: p.write_text("{}"))):
            make(self.folder / name)
        no_file = "is no file of a run (neither its name nor its first bytes"
        for path, words in ((self.folder / "absent", "is not there (No such file or directory). Check the path."),
                            (empty, "is no run directory (it has no run.json)"),
                            (self.folder / "pipe.h5", "is no file of a run (it is a folder, a pipe or a device)"),
                            ("/dev/zero", "is no file of a run (it is a folder, a pipe or a device)"),
                            (self.folder / "nothing.h5", no_file), (self.folder / "text.h5", no_file),
                            (self.folder / "other.h5", no_file), (self.folder / "letter.json", no_file)):
            with self.subTest(path=path):
                found = verdicts(verify(path, check=65).stdout)["not ours"]
                self.assertEqual(len(found), 1)
                self.assertIn(f"{path}: {words}", found[0])
                self.assertIn(words, limited("inspect", path, check=65).stderr)
        # named as ours are
        (self.folder / "results.h5").touch()
        verify(self.folder / "results.h5", check=74)
        (self.folder / "ckpt-00000010.h5").touch()
        verify(self.folder / "ckpt-00000010.h5", check=66)


class Hostile(Files):
    """Results whose seal is right, as anybody can make them."""

    def results(self, name, change):
        path = self.folder / name
        path.mkdir()
        path /= "results.h5"
        path.write_bytes(unsealed((Made.meadow() / "results.h5").read_bytes()))
        with h5py.File(path, "r+") as file:
            change(file)
        seal(path)
        return path

    def expect(self, name, change, words, **options):
        with self.subTest(name=name):
            path = self.results(name, change)
            began = time.monotonic()
            done = verify(path, check=74, **options)
            self.assertLess(time.monotonic() - began, 60)
            found = verdicts(done.stdout)["damaged"]
            self.assertEqual(len(found), 1, done.stdout)
            self.assertTrue(found[0].startswith(f"{path}: "), found)
            self.assertIn(words, found[0])
            self.assertIn(words, limited("inspect", path, check=74, **options).stderr)
            return path

    def test_without_a_change_they_are_whole(self):
        verify(self.results("same", lambda file: None), check=0)

    def test_nothing_is_read_from_other_files(self):
        secret = self.folder / "secret"
        secret.write_bytes(b"a secret" * 61)
        other = self.folder / "other.h5"
        with h5py.File(other, "w") as file:
            file["x"] = np.arange(61, dtype="u8")
            file["group/sheep"] = np.arange(61)

        def link(file):
            del file["series"]
            file["series"] = h5py.ExternalLink(str(other), "/group")

        def external(file):
            del file["tables/content_hash/hash"]
            file["tables/content_hash"].create_dataset("hash", (61,), "u8", external=[(str(secret).encode(), 0, 488)])

        def virtual(file):
            del file["tables/content_hash/hash"]
            layout = h5py.VirtualLayout((61,), "u8")
            layout[:] = h5py.VirtualSource(str(other), "x", (61,))
            file["tables/content_hash"].create_virtual_dataset("hash", layout)

        path = self.expect("link", link, "'series' in '/' is neither a group nor an array: a link")
        self.assertIn("cannot open group", throng("export", path, "--series", "sheep", check=74).stderr)
        for name, change in (("external", external), ("virtual", virtual)):
            path = self.expect(name, change, "'/tables/content_hash/hash': has its values in another file")
            done = throng("export", path, "--table", "content_hash", check=74)
            self.assertIn("has its values in another file", done.stderr)
            self.assertEqual(done.stdout, "")
        self.expect("soft", lambda file: file.__setitem__("x", h5py.SoftLink("/series")), "a link")

    def test_types_and_filters_that_ours_do_not_have_are_refused(self):
        no_type = "has a type that our files do not use"
        self.expect("compound", lambda f: f.create_dataset("x", data=np.zeros(3, [("a", "i4")])), no_type)
        self.expect("lengths", lambda f: f.create_dataset("x", (3,), h5py.vlen_dtype(np.int32)), no_type)
        self.expect("reference", lambda f: f.create_dataset("x", (3,), h5py.ref_dtype), no_type)
        self.expect("text", lambda f: f.create_dataset("x", data=np.array([b"abc"])), "is not text of variable length")
        self.expect("lzf", lambda f: f.create_dataset("x", data=np.zeros(3000), compression="lzf"), "is packed by filter")
        self.expect("checked", lambda f: f.create_dataset("x", data=np.zeros(3000), fletcher32=True), "by filter 3 ")

    def test_claims_of_size_cost_no_memory(self):
        def steps(file):
            """A gigabyte of offsets in a file of a few megabytes, every byte of which can be unpacked."""
            group, rows, chunk = file.create_group("events/e"), 2**27, 2**20
            group["step"] = np.zeros(1, "u4")
            stored = group.create_dataset("index/step_offset", (rows,), "u8", chunks=(chunk,), compression=1)
            packed = zlib.compress(bytes(8 * chunk), 1)
            for first in range(0, rows, chunk):
                stored.id.write_direct_chunk((first,), packed)

        self.expect("huge", lambda f: f.create_dataset("x", (2**44,), "u8", chunks=(1024,)), "claims 17592186044416 elements")
        self.expect("chunk", lambda f: f.create_dataset("x", (2**28,), "u8", chunks=(2**28,)), "claims 268435456 elements")
        if not SANITIZED:
            self.expect("steps", steps, "asks for more memory than a file of its kind needs")

    def test_depths_and_circles_come_to_an_end(self):
        def deep(file):
            for _ in range(100):
                file = file.create_group("x")

        def circle(file):
            file.create_group("x")
            file["x/x"] = file["x"]

        def many(file):
            groups = [file.create_group(f"x{k}") for k in range(14)]
            for above, below in zip(groups, groups[1:]):
                for k in range(20):
                    above[f"x{k}"] = below

        self.expect("deep", deep, "has groups in groups, more than 16 deep")
        self.expect("circle", circle, "has groups in groups, more than 16 deep")
        self.expect("many", many, "keeps the program that reads it busy", cpu=2)

    def test_names_do_not_reach_the_terminal(self):
        path = self.expect("name", lambda f: f["series"].create_dataset("x\x1b[2J\x9b1m\nwhole", data=np.zeros(3)),
                           "/series/x?[2J?1m?whole' does not fit its axes")
        for arguments in (["verify", path], ["inspect", path]):
            done = throng(*arguments, check=74)
            self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_axes_and_offsets_have_to_fit(self):
        def offsets(file):
            group = file.create_group("events/e")
            group["step"] = np.zeros(5, "u4")
            group["index/step_offset"] = np.array([0, 3, 2, 5], "u8")

        def columns(file):
            del file["tables/content_hash/step"]
            file["tables/content_hash/step"] = np.zeros(3, "u4")

        def axis(file):
            file["series/time"].attrs["NAME"] = np.bytes_("meal")

        self.expect("offsets", offsets, "the offsets of 'e' do not cover its rows")
        self.expect("columns", columns, "column 'step' has 3 rows (the first has 41)")
        self.expect("axis", axis, "does not fit its axes")
        self.expect("format", lambda f: f.attrs.__delitem__("seed"), "seed")

    def test_damage_under_a_new_seal_crashes_nothing(self):
        """Whatever the library makes of it, each file gets one verdict, and the next one is looked at."""
        chance = random.Random(3)
        for source, code in ((Made.meadow() / "results.h5", 74), (Made.meadow() / "segments/out-00000000-00000020.h5", 66)):
            data, paths = unsealed(source.read_bytes()), []
            for k in range(100):
                folder = self.folder / f"{source.name} {k}"
                folder.mkdir()
                paths.append(folder / source.name)
                bad = data
                for _ in range(1 + k % 3):
                    bad = flipped(bad, chance)
                paths[-1].write_bytes(bad if k % 10 else data[:chance.randrange(len(data))])
                seal(paths[-1])
            done = verify(*paths)
            found = verdicts(done.stdout)
            self.assertEqual(sum(map(len, found.values())), len(paths), done.stdout)
            for path in paths:
                self.assertEqual(done.stdout.count(f"{path}: "), 1, done.stdout)
            self.assertEqual(done.returncode, code, found["not ours"])
            self.assertGreater(len(found["damaged"]), 20)


class Inspected(Files):
    def inspected(self, path, check=0):
        return json.loads(limited("inspect", path, "--json", check=check).stdout)

    def test_results(self):
        out = Made.seeds()
        told = self.inspected(out / "results.h5")
        with h5py.File(out / "results.h5") as file:
            for name in ("scenario", "seed", "content_hash", "schema_fingerprint", "created", "git_commit"):
                self.assertEqual(told[name], file.attrs[name], name)
            self.assertEqual((told["sort"], told["whole"], told["complete"], told["seeds"]), ("results", True, True, [7, 8, 9]))
            self.assertEqual(told["bytes"], (out / "results.h5").stat().st_size)
            series = {s["name"]: s for s in told["series"]}
            self.assertEqual(set(series), {name for name, item in file["series"].items()
                                           if "DIMENSION_LIST" in item.attrs and name != "seed"})
            for name, one in series.items():
                stored = file["series"][name]
                self.assertEqual((one["type"], one["unit"], one["doc"], one["shape"]),
                                 (stored.dtype.name, stored.attrs["units"], stored.attrs["long_name"], list(stored.shape)))
                self.assertEqual(one["dimensions"], [dim[0].name.split("/")[-1] for dim in stored.dims])
            for group in ("tables", "events"):
                self.assertEqual({t["name"] for t in told[group]}, set(file[group]))
                for table in told[group]:
                    columns = [name for name in file[group][table["name"]] if name not in ("row", "index")]
                    self.assertEqual(sorted(c["name"] for c in table["columns"]), sorted(columns))
                    self.assertEqual(table["rows"], len(file[group][table["name"]][columns[0]]))
            layer = next(c for c in told["events"][0]["columns"] if c["name"] == "layer")
            self.assertEqual(layer["labels"], list(h5py.check_enum_dtype(file["events/transmission/layer"].dtype)))
            self.assertEqual([(a["kind"], a["replicate"]) for a in told["agents"]],
                             [(kind, r) for kind in file["agents"] for r in range(3)])
        text = limited("inspect", out / "results.h5", check=0).stdout
        self.assertRegex(text, r"(?m)^  infections +int64 +\[person\]  by replicate 3, time 31, borough 1, age_band 1$")
        self.assertRegex(text, r"(?m)^events transmission: \d+ rows\n  replicate +uint32 +\[1\]$")
        self.assertRegex(text, r"(?m)^agents person of replicate 2: step 10 \(2000 rows\)$")

    def test_a_checkpoint(self):
        out = Made.meadow()
        path = out / "checkpoints/ckpt-00000040.h5"
        told = self.inspected(path)
        side = json.loads(path.with_suffix(".json").read_text())
        with h5py.File(path) as file:
            self.assertEqual((told["step"], told["seed"], told["content_hash"]), (40, 1, side["content_hash"]))
            self.assertEqual([kind["kind"] for kind in told["kinds"]], ["patch", "sheep", "wolf"])
            for kind in told["kinds"]:
                group = file[kind["kind"]]
                self.assertEqual(kind.get("next_id"), group.attrs.get("next_id"))
                for column in kind["columns"]:
                    stored = group[column["name"]]
                    self.assertEqual((column["type"], column["stored_bytes"]), (stored.dtype.name, stored.nbytes))
                    self.assertEqual(column["hash"], side["columns"][f"{kind['kind']}/{column['name']}"])
            units = {c["name"]: c["unit"] for kind in told["kinds"] for c in kind["columns"]}
            self.assertEqual((units["sheep.x"], units["patch.grows_at"], units["wolf.energy"]), ("meter", "step", "1"))
            sheep, next_id = len(file["sheep/id"]), file["sheep"].attrs["next_id"]
        text = limited("inspect", path, check=0).stdout
        self.assertRegex(text, r"\A.*ckpt-00000040.h5: checkpoint of step 40, [\d,]+ bytes\n")
        self.assertRegex(text, rf"(?m)^kind sheep: {sheep} rows, next id {next_id}$")
        self.assertRegex(text, r"(?m)^  sheep.x +float64 +\[meter\]  [\d,]+ bytes, hash [0-9a-f]{16}$")

    def test_rows_that_are_as_they_began_are_counted(self):
        out = Made.town()
        told = self.inspected(out / "checkpoints/ckpt-00000020.h5")
        person = next(kind for kind in told["kinds"] if kind["kind"] == "person")
        with h5py.File(out / "checkpoints/ckpt-00000020.h5") as file:
            self.assertEqual((person["rows"], person["rows_changed"]), (2000, int(file["person/stored"][:].sum())))
        stage = next(column for column in person["columns"] if column["name"] == "epidemic.stage")
        self.assertEqual((stage["role"], stage["unit"], stage["labels"][0]), ("state", "label", "susceptible"))
        self.assertIn("person/person.age", told["columns_elsewhere"])
        fixed = self.inspected(out / "checkpoints/fixed.h5")
        ages = [c for kind in fixed["kinds"] for c in kind["columns"] if c["name"] == "person.age"]
        self.assertEqual((ages[0]["unit"], ages[0]["hash"]), ("year", told["columns_elsewhere"]["person/person.age"]))

    def test_a_segment(self):
        path = Made.meadow() / "segments/out-00000020-00000040.h5"
        told = self.inspected(path)
        found = {array["name"]: (array["type"], array["rows"], array["width"]) for array in told["arrays"]}
        self.assertEqual((told["sort"], told["from"], told["to"]), ("segment", 20, 40))
        self.assertEqual(found["series/meals"], ("int64", 20, 2))
        self.assertEqual(found["content_hash"], ("uint64", 20, 1))
        text = limited("inspect", path, check=0).stdout
        self.assertRegex(text, r"(?m)^  series/meals +int64 +20 rows of 2, \d+ bytes$")

    def test_a_run(self):
        out = self.copy(Made.town())
        told = self.inspected(out)
        self.assertEqual((told["sort"], told["run"]["status"], told["run"]["seed"]), ("run directory", "completed", 7))
        self.assertEqual(told["run"]["summary"], status(out)["summary"])
        self.assertEqual([(f["path"], f["step"]) for f in told["files"] if f["sort"] == "checkpoint"],
                         [("checkpoints/ckpt-00000020.h5", 20), ("checkpoints/ckpt-00000030.h5", 30)])
        self.assertEqual([(f["from"], f["to"]) for f in told["files"] if f["sort"] == "segment"], [(0, 10), (10, 20), (20, 30)])
        self.assertEqual((told["problems"], told["left_over"]), ([], []))
        results = next(f for f in told["files"] if f["sort"] == "results")
        self.assertIn("infections", results["series"])
        text = limited("inspect", out, check=0).stdout
        self.assertTrue(text.startswith(f"{out}: run of town, completed\n"), text)
        size = (out / "checkpoints/ckpt-00000020.h5").stat().st_size
        self.assertRegex(text, rf"(?m)^  checkpoints/ckpt-00000020.h5 +checkpoint of step 20, {size:,} bytes$")

        (out / "checkpoints/ckpt-00000030.h5").write_bytes(b"x")
        told = self.inspected(out, check=66)
        self.assertEqual([f["path"] for f in told["files"] if not f["whole"]], ["checkpoints/ckpt-00000030.h5"])
        self.assertIn("ckpt-00000030.h5: has 1 bytes", told["problems"][0])

    def test_where_a_run_was_restarted_is_told(self):
        out = self.copy(Made.town())
        (out / "results.h5").unlink()
        text = (out / "run.json").read_text().replace('"completed"', '"running"')
        (out / "run.json").write_text(text)
        throng("resume", out, "--quiet", check=0)
        self.assertEqual(self.inspected(out)["run"]["restart_chain"], ["ckpt-00000030.h5"])
        self.assertEqual(self.inspected(out / "results.h5")["restart_chain"], ["ckpt-00000030.h5"])


if __name__ == "__main__":
    command.main()
