"""What the pages say can be done, can be done: links lead somewhere, commands exist, shipped
scenarios are good, examples print what their pages quote.

usage: test_documentation.py THRONG [--update]

--update writes what the examples print now into the pages that quote it.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import pages

THRONG = None
EXAMPLES = ["examples/first_run/first_run.sh", "examples/own_network/own_network.sh"]


def run(*command, **more):
    return subprocess.run(command, cwd=pages.ROOT, capture_output=True, text=True, timeout=120, **more)


def run_example(script):
    """What an example prints, its results in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, os.path.basename(script).removesuffix(".sh"))
        done = run(script, out, env={**os.environ, "THRONG": THRONG, "PYTHON": sys.executable})
        if done.returncode != 0:
            raise AssertionError(f"{script} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout.replace(folder + "/", "runs/").replace(pages.ROOT + "/", "")


def anchors(text):
    """Anchors of a page's headings, as GitHub makes them."""
    for heading in re.findall(r"^#+ (.+)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def commands_of(page):
    """Command lines on a page or in the comments of a scenario."""
    text = pages.read(page)
    if page.endswith(".toml"):
        found = re.findall(r"^# {3}(\S.*)$", text, re.M)
    else:
        blocks = re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", text, re.S | re.M)
        found = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        prose = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
        found += [span.replace("\\|", "|") for span in re.findall(r"`([^`\n]+)`", prose)]
    for line in found:
        line = line.removeprefix("$ ").strip()
        if re.match(r"(\w+=\S+ )*(mpirun .*?)?(build/release/)?throng( |$)|(tools|examples)/\w+( |$|/\S+\.sh)", line):
            yield line


def words_of(line):
    """Up to the first operator of the shell, without the brackets of optional arguments."""
    words = []
    for word in shlex.split(line.replace("[", " ").replace("]", " "), comments=True):
        if word in ("|", ">", "&&", ";", "2>"):
            break
        words.append(word.rstrip("."))
    return [word for word in words if word]


def is_question(path):
    """The text of a decision's questions, which is no scenario."""
    return re.search(r"^user = ", pages.read(path), re.M) is not None


def is_fit(path):
    """What a fit is asked for, which is no scenario."""
    return re.search(r"^\[\[parameter\]\]", pages.read(path), re.M) is not None


def is_placeholder(word):
    return re.fullmatch(r"[A-Z_]+(\.\w+)?|mine\.toml|runs/\S+", word) is not None


class Documentation(unittest.TestCase):
    def test_relative_links_resolve(self):
        count = 0
        for page in pages.files(".md"):
            text = re.sub(r"^```.*?^```", "", pages.read(page), flags=re.S | re.M)
            for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                path, _, anchor = target.partition("#")
                path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                self.assertTrue(os.path.exists(os.path.join(pages.ROOT, path)), f"{page}: no {target}")
                if anchor:
                    self.assertIn(anchor, list(anchors(pages.read(path))), f"{page}: no {target}")
        self.assertGreater(count, 20)

    def test_every_folder_of_the_tree_has_a_page(self):
        for folder in ("sim", "behaviors", "io", "scenarios", "tools", "tests", "examples"):
            self.assertTrue(os.path.exists(os.path.join(pages.ROOT, folder, "README.md")), folder)

    def test_commands_exist(self):
        count = 0
        for page in [*pages.files(".md"), *pages.files(".toml", "scenarios"), *pages.files(".toml", "examples")]:
            for line in commands_of(page):
                with self.subTest(page=page, command=line):
                    self.check_command(line)
                    count += 1
        self.assertGreater(count, 20)

    def check_command(self, line):
        words = words_of(line)
        at = next((i for i, word in enumerate(words) if os.path.basename(word) == "throng"), None)
        if at is not None:
            self.check_throng(words[at + 1:])
            return
        self.assertTrue(os.access(os.path.join(pages.ROOT, words[0]), os.X_OK), f"{words[0]} cannot be run")
        if words[0] == "tools/quickstart":
            self.check_options("run", words[1:])
            return
        for option in (word for word in words[1:] if word.startswith("--")):
            self.assertIn(option, pages.read(words[0]), "an option the script does not know")

    def check_options(self, subcommand, words):
        done = run(THRONG, subcommand, "--help")
        if words and f"\n  {words[0]} " in done.stdout.partition("Subcommands:")[2]:
            done = run(THRONG, subcommand, words[0], "--help")
        self.assertEqual(done.returncode, 0, done.stderr)
        for option in (word.split("=")[0] for word in words if word.startswith("--")):
            self.assertRegex(done.stdout, re.escape(option) + r"\b", "an option the command does not know")

    def check_throng(self, words):
        if not words or "|" in words[0]:
            return
        if words[0].startswith("--"):
            self.assertEqual(run(THRONG, words[0]).returncode, 0, words)
            return
        subcommand, words = words[0], words[1:]
        self.check_options(subcommand, words)
        plain = [word for word in words if not is_placeholder(word)]
        if subcommand in ("schema", "describe") and plain == words:
            self.assertEqual(run(THRONG, subcommand, *words).returncode, 0)
        if subcommand in ("run", "check", "fit-report") and plain and plain[0].endswith(".toml"):
            changes = [w for i, w in enumerate(words) if w == "--set" or (i > 0 and words[i - 1] == "--set")]
            done = run(THRONG, "check", plain[0], *(w for w in changes if not is_placeholder(w)))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_shipped_scenarios_are_good(self):
        scenarios = [path for path in pages.files(".toml", "scenarios")
                     if not is_question(path) and not is_fit(path)]
        bases = set()
        for path in scenarios:
            for base in re.findall(r'^base = "(.+)"$', pages.read(path), re.M):
                bases.add(os.path.normpath(os.path.join(os.path.dirname(path), base)))
        for path in scenarios:
            with self.subTest(scenario=path):
                if os.path.dirname(path) == "scenarios/natural_history":
                    changes = ("--set", "run.steps=10", "--set", "epidemic.r0=2")
                elif path in bases:
                    continue  # not a run by itself; those that build on it are
                else:
                    changes = ()
                done = run(THRONG, "check", path, *changes)
                self.assertEqual(done.returncode, 0, done.stderr)
        for path in pages.files(".toml", "examples"):
            if not is_question(path):
                self.assertEqual(run(THRONG, "check", path).returncode, 0, path)

    def test_examples_print_what_their_pages_quote(self):
        for script in EXAMPLES:
            with self.subTest(example=script):
                printed = run_example(script)
                quotes = list(pages.quotes(script))
                self.assertTrue(quotes, "no page quotes what it prints")
                for page, cut, block in quotes:
                    quoted = pages.lasting(block.search(pages.read(page))[2])
                    lines = pages.lasting(cut(printed))
                    if "h5py is absent" in lines[-1]:
                        lines.pop()
                        quoted = quoted[:len(lines)]
                    self.assertEqual(lines, quoted, f"{page}: what it prints has changed (see --update)")


if __name__ == "__main__":
    THRONG = os.path.abspath(sys.argv[1])
    if "--update" in sys.argv:
        for example in EXAMPLES:
            pages.update(example, run_example(example))
    else:
        unittest.main(argv=sys.argv[:1], verbosity=2)
