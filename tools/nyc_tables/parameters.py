#!/usr/bin/env python3
"""One table of all parameters that a scenario and the files it builds on set, each with its source.

    parameters.py THRONG [SCENARIO] [--out PAGE] [--check]

SCENARIO defaults to scenarios/nyc/nyc_2020_full.toml, PAGE to scenarios/nyc/PARAMETERS.md. Sources stand where the
values are: in the comment above a key, at the end of its line, or above its section. A value whose comments name
neither a source (a year, an order, a file) nor say "chosen", "assumption" or "choice" is a mistake. With --check nothing is
written: the page is made again and compared (exit 0 equal, 1 different).
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEW_YORK = ROOT / "scenarios" / "nyc"
SOURCED = re.compile(r"\b(1[89]|20)\d\d\b|\bEO 202|\btables/|Covasim|\bPL \d")
HEAD = """# Parameters of {name}

Every value that `{path}` and the files it builds on set, with its unit and where it comes from; then those
that stay as the program declares them. Made by `tools/nyc_tables/parameters.py` from the comments beside the values, and kept up
to date by a test: correct a source where its value stands.

Kinds: **source** - a source names it or gives the facts it follows from; **chosen** - within what sources leave open, to meet what they
observed; **assumption** - no source; **choice** - how the scenario is set up. {counts}
"""


def split_comment(line):
    """A line of TOML and the comment at its end, quotes respected."""
    quoted = None
    for i, c in enumerate(line):
        if quoted:
            quoted = None if c == quoted else quoted
        elif c in "\"'":
            quoted = c
        elif c == "#":
            return line[:i].rstrip(), line[i + 1:].strip()
    return line.rstrip(), ""


def open_brackets(text):
    text = re.sub(r'"[^"]*"|\'[^\']*\'', "", text)
    return sum(text.count(c) for c in "[{") - sum(text.count(c) for c in "]}")


class Entry:
    def __init__(self, path, value, file, comment, paragraph, section_comment):
        self.path, self.value, self.file = path, value, file
        # What stands nearest counts, unless it only says what the value is.
        self.source = ""
        for words in (comment, paragraph, section_comment):
            if not kind_of(self.source):
                self.source = " ".join([*words, self.source]).strip()


def kind_of(source):
    if "assumption" in source.lower():
        return "assumption"
    if re.search(r"\bchosen\b", source.lower()):
        return "chosen"
    if SOURCED.search(source):
        return "source"
    return "choice" if "choice" in source.lower() else ""


def entries_of(file):
    """Keys of one file with their comments: at the end of the line, above the paragraph, above the section. Tables
    of a list are numbered, epidemic.stage[2].name, and have the comment above the first where they have none."""
    found, bases = [], []
    section, section_comment, above, paragraph, counts, of_list = "", [], [], [], {}, {}
    lines = iter(file.read_text().splitlines())
    for line in lines:
        code, comment = split_comment(line)
        if not code.strip():
            above = above + [comment] if comment and not comment.startswith("----") else []
            paragraph = []
            continue
        header = re.fullmatch(r"\[\[?([^\]]+)\]\]?", code.strip())
        if header:
            section = header.group(1)
            if code.startswith("[["):
                counts[section] = counts.get(section, 0) + 1
                section += f"[{counts[section]}]"
            section_comment = above + ([comment] if comment else [])
            if code.startswith("[["):
                section_comment = of_list[header.group(1)] = section_comment or of_list.get(header.group(1), [])
            above, paragraph = [], []
            continue
        key, _, value = code.partition("=")
        paragraph, above = above or paragraph, []
        comments = [comment] if comment else []
        while open_brackets(value) > 0:
            more, comment = split_comment(next(lines))
            value += " " + more.strip()
            comments += [comment] if comment else []
        key = key.strip().strip('"')
        parsed = tomllib.loads(f"value = {value}")["value"]
        if key == "base" and not section:
            bases = parsed if isinstance(parsed, list) else [parsed]
            continue
        path = f"{section}.{key}" if section else key
        if path != "title":
            found.append(Entry(path, parsed, file, comments, paragraph, section_comment))
    return bases, found


def chain(file, seen):
    """All entries in force: nearer files win, lists of tables are replaced whole."""
    bases, own = entries_of(file)
    under = {}
    for base in bases:
        under.update(chain((file.parent / base).resolve(), seen))
    lists = {re.sub(r"\[\d+\].*", "", e.path) for e in own if "[" in e.path}
    lists |= {e.path for e in own if e.value == []}
    under = {path: e for path, e in under.items()
             if re.sub(r"\[\d+\].*", "", path) not in lists or "[" not in path}
    under.update({e.path: e for e in own})
    seen.append(file)
    return under


def text(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} {text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict) and "value" in value[0]:
        return "; ".join(f"{e['from']}: {text(e['value'])}" if "from" in e else text(e["value"]) for e in value)
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def declared(throng):
    done = subprocess.run([throng, "describe", "--json"], capture_output=True, text=True, check=True)
    return {p["name"]: p for p in json.loads(done.stdout)["parameters"]}


def declaration_of(path, known):
    """By a path of a file: lists are not numbered there, and free keys are called KEY."""
    path = re.sub(r"\[\d+\]", "[]", path)
    for name in (path, path.rpartition(".")[0] + ".KEY"):
        if name in known:
            return known[name]
    return None


def cell(words):
    return str(words).replace("|", "\\|").replace("\n", " ")


def page(scenario, known):
    files = []
    entries = chain(scenario, files)
    mistakes, rows, used, kinds = [], [], set(), {}
    for path, e in sorted(entries.items(), key=lambda item: natural(item[0])):
        # Inline tables and lists of tables are declared field by field.
        d = declaration_of(path, known)
        used.add(d["name"] if d else path)
        kind = kind_of(e.source)
        if not kind:
            mistakes.append(f"{e.file.relative_to(ROOT)}: {path} = {text(e.value)} has no source. Say in a comment where it "
                            "comes from, or that it is chosen, an assumption or a choice.")
        kinds[kind] = kinds.get(kind, 0) + 1
        unit = d["unit"] if d else ""
        rows.append(f"| {path} | {cell(text(e.value))} | {unit} | {kind} | {cell(e.source)} |")
    stay = []
    for name, d in known.items():
        section = name.split(".")[0]
        stays = section in ("epidemic", "labor", "money") and "[]" not in name and not name.endswith(".KEY")
        if stays and name not in used and d["default"] not in ("absent", "required", "[]"):
            stay.append(f"| {name} | {cell(d['default'])} | {d['unit']} | {cell(d['source'])} |")
    counts = ", ".join(f"{n} {k}" for k, n in sorted(kinds.items(), key=lambda item: -item[1])) + "."
    head = HEAD.format(name=scenario.stem, path=scenario.relative_to(ROOT), counts="There are " + counts)
    files = "Files, nearest last: " + ", ".join(f"`{f.relative_to(ROOT)}`" for f in files) + ".\n"
    return (head + "\n" + files + "\n| parameter | value | unit | kind | source |\n|---|---|---|---|---|\n" + "\n".join(rows)
            + "\n\n## What stays as declared\n\n| parameter | default | unit | source |\n|---|---|---|---|\n" + "\n".join(stay) + "\n"), mistakes


def natural(path):
    return [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", path)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("throng")
    parser.add_argument("scenario", nargs="?", type=pathlib.Path, default=NEW_YORK / "nyc_2020_full.toml")
    parser.add_argument("--out", type=pathlib.Path, default=NEW_YORK / "PARAMETERS.md")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    made, mistakes = page(options.scenario.resolve(), declared(options.throng))
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    if options.check:
        if not options.out.is_file() or options.out.read_text() != made:
            mistakes.append("stale")
            print(f"{options.out}: is not what the scenario says now. Run tools/nyc_tables/parameters.py "
                  f"{options.throng}.", file=sys.stderr)
    elif not mistakes:
        options.out.write_text(made)
        print(f"{options.out}: {made.count(chr(10))} lines")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
