"""A live view of a run on a terminal, from what it has committed. It only reads, and may be started
and stopped at any time."""
from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sys
import time
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from .errors import InputError, ThrongError
from .files import Array, check_seal

_SEGMENT = re.compile(r"out-(\d{8})-(\d{8})\.h5")
_OVER = ("completed", "failed", "stopped")
_BARS = " ▁▂▃▄▅▆▇█"


def _of_day(counted: Array) -> Array:
    """Of counts since the run began."""
    daily: Array = np.diff(counted.sum(axis=1), prepend=0)
    return daily


def _without_work(counted: Array) -> Array:
    """Of people by status and borough; the third and fourth status are without work and would work."""
    found: Array = counted.reshape(len(counted), 5, -1)[:, 2:4].sum(axis=(1, 2))
    return found


#: What recorders keep under these names, what it is called, and how it becomes a curve.
_CURVES: list[tuple[str, str, Callable[[Array], Array]]] = [
    ("epidemic/infections_by_layer", "Infections of the day", _of_day),
    ("epidemic/reported", "Reported cases of the day", lambda counted: counted.sum(axis=1)),
    ("labor/people_by_status", "People without work who would work", _without_work),
]
_PEOPLE = "epidemic/people_by_stage"
_MOST = 3  # series of a model that are shown


@dataclass
class View:
    """What is known of a run at one moment."""

    name: str
    status: str
    steps: int
    done: int
    start: str | None
    seconds_a_step: float | None
    people: int
    curves: list[tuple[str, Array]] = field(default_factory=list)
    alive: bool | None = None

    @property
    def over(self) -> bool:
        return self.status in _OVER

    @property
    def seconds_left(self) -> float | None:
        if self.over or self.seconds_a_step is None:
            return None
        return (self.steps - self.done) * self.seconds_a_step


def segments(folder: Path) -> list[Path]:
    """The committed segments of a run, from its beginning on without a gap."""
    begin_of: dict[int, int] = {}
    for file in folder.glob("out-*.h5"):
        match = _SEGMENT.fullmatch(file.name)
        if match:
            first, last = int(match[1]), int(match[2])
            begin_of[last] = min(first, begin_of.get(last, first))
    chain: list[Path] = []
    end = max(begin_of, default=0)
    while end in begin_of:
        chain.append(folder / f"out-{begin_of[end]:08d}-{end:08d}.h5")
        if begin_of[end] >= end:
            break
        end = begin_of[end]
    return chain[::-1]


@dataclass
class Segment:
    """What a segment holds that curves are made of."""

    from_beginning: bool
    kept: dict[str, Array]


def read_segment(path: Path) -> Segment | None:
    """None where it is damaged, or was removed since."""
    try:
        check_seal(path)
        with h5py.File(path, "r") as file:
            wanted = [name for name in (*(name for name, _, _ in _CURVES), _PEOPLE) if name in file]
            wanted += [f"series/{name}" for name in list(file["series"])[:_MOST]] if "series" in file else []
            return Segment("from_beginning" in file.attrs, {name: file[name][()] for name in wanted})
    except (ThrongError, OSError):
        return None


def recorded(parts: Iterable[Segment | None], name: str) -> Array | None:
    """Rows that a recorder kept under a name, up to the first segment that cannot be read; none
    where it kept nothing."""
    rows: list[Array] = []
    for part in parts:
        if part is None:
            break
        if part.from_beginning:
            rows = []
        if name in part.kept:
            rows.append(part.kept[name].reshape(len(part.kept[name]), -1))
    return np.concatenate(rows) if rows else None


class Watcher:
    """Looks at a run again and again; remembers what it has read of each segment."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "run.json").exists():
            raise InputError(f"{folder}: is no run directory (it has no run.json). Give the --out of a run.")
        self.folder = folder
        self._read: dict[tuple[str, int], Segment | None] = {}

    def _segment(self, path: Path) -> Segment | None:
        """Read once: a segment never changes."""
        try:
            key = (path.name, path.stat().st_mtime_ns)
        except OSError:
            return None
        if key not in self._read:
            self._read[key] = read_segment(path)
        return self._read[key]

    def look(self) -> View:
        record = self._record()
        scenario = self._scenario()
        files = segments(self.folder / "segments")
        done = int(_SEGMENT.fullmatch(files[-1].name)[2]) if files else 0  # type: ignore[index]
        parts = [self._segment(path) for path in files]
        curves = []
        for name, title, curve in _CURVES:
            counted = recorded(parts, name)
            if counted is not None and counted.any():
                curves.append((title, curve(counted)))
        if not curves and parts and parts[0] is not None:  # of models that declare their series
            for name in [name for name in parts[0].kept if name.startswith("series/")]:
                counted = recorded(parts, name)
                if counted is not None:
                    curves.append((name.removeprefix("series/").replace("_", " "), counted.sum(axis=1)))
        stages = recorded(parts[:1], _PEOPLE)
        run = scenario.get("run", {})
        status = str(record.get("status", "initializing"))
        return View(str(record.get("scenario", self.folder.name)), status, int(run.get("steps", 0)),
                    int(run.get("steps", 0)) if status == "completed" else done,
                    str(run["start"]) if "start" in run else None, self._pace(record, files, done),
                    int(stages[0].sum()) if stages is not None else 0, curves, self._alive(record))

    def _record(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            return {}

    def _scenario(self) -> dict[str, Any]:
        try:
            return tomllib.loads((self.folder / "scenario.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def _pace(self, record: dict[str, Any], files: list[Path], done: int) -> float | None:
        """Seconds a step, over the last segments of this start of the run."""
        try:
            times = [(path.stat().st_mtime, int(_SEGMENT.fullmatch(path.name)[2]))  # type: ignore[index]
                     for path in files[-6:]]
            if len(times) < 2:
                began = datetime.fromisoformat(str(record["created"])).timestamp()
                return (times[0][0] - began) / done if times and done else None
        except (OSError, KeyError, ValueError):
            return None
        return (times[-1][0] - times[0][0]) / max(1, times[-1][1] - times[0][1])

    def _alive(self, record: dict[str, Any]) -> bool | None:
        """Whether a process holds the run's lock; none where that cannot be seen, as on another machine."""
        if socket.gethostname() not in record.get("hosts", []):
            return None
        try:
            lock = (self.folder / "run.lock").stat().st_ino
            locks = Path("/proc/locks").read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        except OSError:
            return None
        return any(line.split()[5].rsplit(":", 1)[-1] == str(lock) for line in locks.splitlines() if len(line.split()) > 5)


def curve(values: Array, width: int, height: int) -> list[str]:
    """A curve in characters: the mean of the days behind each column, in eighths of a line."""
    parts = np.array_split(values.astype(float), min(width, len(values)))
    means = np.array([part.mean() for part in parts])
    top = max(float(means.max()), 1e-12)
    eighths = np.round(means / top * height * 8).astype(int)
    rows = []
    for row in range(height - 1, -1, -1):
        rows.append("".join(_BARS[int(min(8, max(0, value - 8 * row)))] for value in eighths))
    return rows


def page(view: View, width: int = 80, height: int = 24) -> list[str]:
    """The lines of a view."""
    share = view.done / view.steps if view.steps else 0.0
    bar = max(10, min(40, width - 40))
    at = f"step {view.done}"
    if view.start is not None:
        day = datetime.fromisoformat(view.start[:10]) + timedelta(days=view.done)
        at = f"{day:%Y-%m-%d}  day {view.done}"
    state = view.status
    if view.status in ("running", "initializing") and view.alive is False:
        state = "is not running any more: 'throng resume' goes on, 'throng merge' makes results of it"
    lines = [f"{view.name}  {state}",
             f"{'█' * round(bar * share)}{'░' * (bar - round(bar * share))} {100 * share:3.0f} %  {at}/{view.steps}"]
    if view.seconds_a_step is not None and view.seconds_a_step > 0:
        speed = f"{1 / view.seconds_a_step:.3g} steps a second"
        if view.people:
            speed += f", {1e9 * view.seconds_a_step / view.people:.3g} ns per agent-day with commits"
        left = view.seconds_left
        if left is not None and view.alive is not False:
            speed += f", {timedelta(seconds=round(left))} left"
        lines.append(speed)
    if not view.curves and not view.over:
        lines.append("Nothing is committed yet; --set checkpoint.every_steps=N says how often a run does.")
    rows = max(3, min(8, (height - len(lines) - 2 * len(view.curves)) // max(1, len(view.curves)) - 1))
    for title, values in view.curves:
        lines += [f"{title}, at most {values.max():,.0f}, last {values[-1]:,.0f}", *curve(values, width - 2, rows)]
    return [line[:width] for line in lines]


def watch(folder: Path, every: float = 2.0, once: bool = False) -> int:
    """Shows a run until it is over, or Ctrl-C."""
    watcher = Watcher(folder)
    terminal = sys.stdout.isatty()
    try:
        while True:
            view = watcher.look()
            size = shutil.get_terminal_size()
            text = "\n".join(page(view, size.columns, size.lines))
            if terminal and not once:
                text = "\x1b[H\x1b[J" + text
            print(text, flush=True)
            if once or view.over or view.alive is False:
                return 0
            time.sleep(max(0.1, every))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
