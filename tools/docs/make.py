#!/usr/bin/env python3
"""Make the documentation site: pages stand beside the code, and are gathered; the reference comes from
`throng describe`.

    tools/docs/make.py [--throng PROGRAM] [--into FOLDER] [--pages-only]

Leaves FOLDER/pages (sources) and FOLDER/site (HTML, by MkDocs); FOLDER is build/docs. With
--pages-only MkDocs is not started.
"""
import argparse
import json
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN = "tools/docs/pages/"
PICTURES = (".png", ".svg")

NAVIGATION = [
    ("Throng", "README.md"),
    ("Start in five minutes", OWN + "start.md"),
    ("Concepts", OWN + "concepts.md"),
    ("Write a behavior", ["behaviors/README.md", "examples/new_behavior/README.md", "sim/README.md"]),
    ("Write a scenario", ["scenarios/README.md", "scenarios/nyc/counterfactuals/README.md", "scenarios/nyc/PARAMETERS.md"]),
    ("Bring your own city or network", ["examples/own_network/README.md", "scenarios/city/README.md",
                                        "scenarios/nyc/tables/README.md"]),
    ("Ask a language model", ["scenarios/decisions/README.md", "examples/local_model/README.md"]),
    ("Run on a cluster", ["tools/slurm/README.md"]),
    ("Analyze results", ["tools/python/README.md", "examples/pause/README.md", "examples/first_run/README.md"]),
    ("The command", ["tools/README.md"]),
    ("File formats", ["io/README.md"]),
    ("Beside its peers", OWN + "peers.md"),
    ("Validation", OWN + "validation.md"),
    ("Reference", ["reference/behaviors.md", "reference/columns.md", "reference/parameters.md"]),
    ("Changes", "CHANGELOG.md"),
]


def cell(value):
    """What may stand in a table."""
    return str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]) + "\n"


def domain(name):
    return name.split(".")[0]


def by_domain(rows, title, write):
    """A page with a heading for each domain, in order of name."""
    parts = [f"# {title}\n\nMade by `throng describe --json`.\n"]
    for one in sorted({domain(row["name"]) for row in rows}):
        parts.append(f"## {one}\n\n" + write([row for row in rows if domain(row["name"]) == one]))
    return "\n".join(parts)


def behaviors_of(rows):
    parts = []
    for row in rows:
        words = [f"### {row['name']}\n\n{cell(row['doc'])}\n\nA behavior of `{row['kind']}`, in the substep "
                 f"`{row['substep']}`.\n"]
        words += [f"- {key.replace('_', ' ')}: " + ", ".join(f"`{name}`" for name in value)
                  for key, value in row.items() if isinstance(value, list) and value]
        parts.append("\n".join(words) + "\n")
    return "\n".join(parts)


def reference(described):
    """Pages by their names."""
    def columns_of(rows):
        return table(["column", "of", "type", "unit", "default", "range", "what it is", "source"],
                     [(f"`{r['name']}`", f"{r['kind']}, {r['role']}", r["type"], r["unit"], r["default"], r["range"],
                       r["doc"] + (f" ({', '.join(r['labels'])})" if 0 < len(r["labels"]) <= 12 else ""), r["source"])
                      for r in rows])

    def parameters_of(rows):
        return table(["parameter", "unit", "default", "range", "what it is", "source"],
                     [(f"`{r['name']}`", r["unit"], r["default"], r["range"], r["doc"], r["source"]) for r in rows])

    models = table(["model", "what it is"], [(f"`{m['name']}`", m["doc"]) for m in described["models"]])
    return {
        "reference/behaviors.md": by_domain(described["behaviors"], "Behaviors", behaviors_of) + "\n## Models\n\n" + models,
        "reference/columns.md": by_domain(described["columns"], "Columns", columns_of),
        "reference/parameters.md": by_domain(described["parameters"], "Parameters", parameters_of),
    }


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def with_links_that_lead(text, page, pages):
    """Links to what is no page become the names of what they lead to."""
    def replaced(match):
        words, target = match[1], match[2]
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target.partition("#")[0]))
        return match[0] if path in pages else f"{words} (`{path}`)" if words.strip("`") not in path else f"`{path}`"

    parts = re.split(r"(^```.*?^```)", text, flags=re.S | re.M)
    return "".join(part if part.startswith("```") else re.sub(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)", replaced, part)
                   for part in parts)


def gather(into, program):
    """Writes all pages, and gives their names."""
    shutil.rmtree(into, ignore_errors=True)
    files = tracked()
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in files if name.endswith(".md")}
    described = subprocess.run([program, "describe", "--json"], capture_output=True, text=True, check=True)
    texts |= reference(json.loads(described.stdout))
    pictures = {name for name in files if name.endswith(PICTURES)}
    for name, text in texts.items():
        place = into / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(with_links_that_lead(text, name, texts.keys() | pictures), encoding="utf-8")
    for name in pictures:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, into / name)
    return set(texts)


def configuration(into, pages):
    """mkdocs.yml, which is JSON, and so YAML."""
    listed = [page for _, target in NAVIGATION for page in ([target] if isinstance(target, str) else target)]
    missing = [page for page in listed if page not in pages]
    if missing:
        raise SystemExit(f"tools/docs/make.py: no such page: {', '.join(missing)} (NAVIGATION names it). Write it, or "
                         "take it out.")
    others = sorted(page for page in pages - set(listed) if page.startswith("behaviors/"))
    return json.dumps({
        "site_name": "Throng", "docs_dir": str(into / "pages"), "site_dir": str(into / "site"), "use_directory_urls": False,
        "theme": {"name": "mkdocs", "highlightjs": False, "include_search_page": False},
        "plugins": [], "strict": True,
        "validation": {"omitted_files": "ignore", "unrecognized_links": "warn", "not_found": "warn", "anchors": "warn"},
        "nav": [{title: target} for title, target in NAVIGATION] + [{"Models, one by one": others}],
    }, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--throng", default=str(ROOT / "build/release/throng"))
    parser.add_argument("--into", type=pathlib.Path, default=ROOT / "build/docs")
    parser.add_argument("--pages-only", action="store_true")
    a = parser.parse_args()
    into = a.into.resolve()
    pages = gather(into / "pages", a.throng)
    (into / "mkdocs.yml").write_text(configuration(into, pages), encoding="utf-8")
    if not a.pages_only:
        done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--config-file",
                               str(into / "mkdocs.yml")], env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False)
        if done.returncode != 0:
            return done.returncode
        print(f"{into / 'site' / 'index.html'}: {len(pages)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
