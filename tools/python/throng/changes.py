"""What a scenario says otherwise than the file it is based on."""
from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .command import toml_value

if TYPE_CHECKING:
    from .runs import Run


def flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Keys with their sections: "epidemic.r0"."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found.update(flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value})
    return found


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Table by table; lists and values are replaced whole."""
    together = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        together[key] = merged(base[key], value) if both else value
    return together


def read(path: Path) -> dict[str, Any]:
    """A scenario with all it is based on."""
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    base = own.pop("base", None)
    return merged(read(path.parent / base), own) if isinstance(base, str) else own


def settings_of(command_line: list[str]) -> list[str]:
    """What --set and its shorter forms gave, as key=value."""
    shorter = {"--seed": "run.seed", "--steps": "run.steps", "--replicates": "replicates"}
    found = []
    for at, word in enumerate(command_line):
        option, equals, value = word.partition("=")
        if not equals:
            value = command_line[at + 1] if at + 1 < len(command_line) else ""
        if option == "--set":
            found.append(value)
        elif option in shorter:
            found.append(f"{shorter[option]}={value}")
    return found


def changes_of(run: Run) -> tuple[list[tuple[str, str, str]], str]:
    """(key, in the base, here) of the scenario's own file and of the command line; and a sentence
    where that cannot be known."""
    command = [str(word) for word in run.record.get("command_line", [])]
    resolved = flat(run.scenario)
    given = {key: value for key, _, value in (pair.partition("=") for pair in settings_of(command))}
    own: dict[str, Any] = {}
    before: dict[str, Any] = {}
    note = ""
    path = _file_of(run)
    try:
        if path is None:
            note = "The scenario's file is not there as it was, so that only the command line is told."
        else:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            base = raw.pop("base", None)
            own = flat(raw)
            before = flat(read(path.parent / base)) if isinstance(base, str) else {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        note = f"What the scenario is based on cannot be read ({error}), so that only the command line is told."
    rows = [(key, _words(before.get(key)), _words(value)) for key, value in own.items()
            if key not in given and before.get(key) != value and key != "title"]
    rows += [(key, _words({**before, **own}.get(key)), _words(resolved.get(key, value)) + " (command line)")
             for key, value in given.items()]
    return rows, note


def _file_of(run: Run) -> Path | None:
    """The scenario's own file, as it was: it is told as seen from where the run was started."""
    named = (run.record.get("inputs") or [{}])[0]
    if not named.get("path"):
        return None
    start = run.folder.resolve()
    for folder in (Path.cwd(), start, *start.parents):
        path = folder / str(named["path"])
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == named.get("sha256"):
            return path
    return None


def _words(value: Any) -> str:
    text = "–" if value is None else toml_value(value)
    return text if len(text) <= 160 else text[:157] + "..."
