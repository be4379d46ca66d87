"""What tests of the documentation share: the tree, its pages, and outputs quoted on them.

An output is quoted as a comment that names its command, and a fenced block behind it; in brief, it is
the first curve of a run and its figures:

    <!-- output of examples/first_run/first_run.sh -->
    <!-- output in brief of examples/first_run/first_run.sh -->
    ```text
    ...
    ```
"""
import os
import re

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED_FOLDERS = {"build", "runs", "__pycache__"}

# What differs from run to run: times, memory, where results went.
VOLATILE = re.compile(r"^(time|speed|memory|results) |^time by behavior$|^  \w+ +\S+ +[\d.]+ s$")


def files(ending, under=""):
    """Files of the tree that end so, relative to its root, in order."""
    for folder, folders, names in os.walk(os.path.join(ROOT, under)):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith("."))
        for name in sorted(names):
            if name.endswith(ending):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def in_brief(output):
    """The first curve, and the figures up to those of memory."""
    lines = output.splitlines(keepends=True)
    at = [next(i for i, line in enumerate(lines) if line.startswith(word))
          for word in ("Deaths", "people", "time by")]
    return "".join(lines[:at[0]] + lines[at[1]:at[2]])


def quotes(command):
    """Every quoted output of a command: (page, how it is cut, regular expression of its block)."""
    for kind, cut in (("output", lambda output: output), ("output in brief", in_brief)):
        block = re.compile(rf"(<!-- {kind} of {re.escape(command)} -->\n```text\n)(.*?)(```\n)", re.S)
        for page in files(".md"):
            if block.search(read(page)):
                yield page, cut, block


def lasting(output):
    """The lines of an output that are the same in every run."""
    return [line.rstrip() for line in output.splitlines() if not VOLATILE.match(line)]


def update(command, output):
    """Writes an output into every page that quotes it."""
    for page, cut, block in quotes(command):
        text = "".join(line.rstrip() + "\n" for line in cut(output).splitlines())
        changed = block.sub(lambda m: m[1] + text + m[3], read(page))
        with open(os.path.join(ROOT, page), "w", encoding="utf-8") as file:
            file.write(changed)
