"""What tests of the documentation share: the tree, its pages, and outputs quoted on them.

An output is quoted as a comment that names its command, and a fenced block behind it:

    <!-- output of examples/first_run/first_run.sh -->
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


def quoted(command):
    """Regular expression of a quoted output: before, the output, after."""
    return re.compile(r"(<!-- output of " + re.escape(command) + r" -->\n```text\n)(.*?)(```\n)", re.S)


def pages_that_quote(command):
    return [page for page in files(".md") if quoted(command).search(read(page))]


def lasting(output):
    """The lines of an output that are the same in every run."""
    return [line.rstrip() for line in output.splitlines() if not VOLATILE.match(line)]


def update(command, output):
    """Writes an output into every page that quotes it."""
    text = "".join(line.rstrip() + "\n" for line in output.splitlines())
    for page in pages_that_quote(command):
        changed = quoted(command).sub(lambda m: m[1] + text + m[3], read(page))
        with open(os.path.join(ROOT, page), "w", encoding="utf-8") as file:
            file.write(changed)
