"""The command `throng`, driven from Python."""
from __future__ import annotations

import datetime
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import CommandError, InputError

if TYPE_CHECKING:
    from .runs import Run

_PROGRESS = re.compile(r"(\S+) +(?:day|step) (\d+)/(\d+)(.*)")


def program() -> str:
    """Where the command stands: THRONG of the environment, the PATH, or build/release of the source
    tree that the working directory is in. Raises InputError where it is nowhere."""
    named = os.environ.get("THRONG")
    if named:
        return named
    found = shutil.which("throng")
    if found and not _is_script(found):
        return found
    for folder in (Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents):
        built = folder / "build" / "release" / "throng"
        if built.is_file() and os.access(built, os.X_OK):
            return str(built)
    raise InputError("throng: the command is not found (it is not on the PATH, nor in build/release above "
                     f"{Path.cwd()}). Build it with tools/quickstart, or name it in the variable THRONG.")


def _is_script(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def call(*arguments: str) -> str:
    """Runs the command to its end; what it printed. Raises CommandError with what it said."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandError(done.stderr.strip() or f"throng {arguments[0]}: ended with {done.returncode}",
                           done.returncode)
    return done.stdout


def toml_value(value: Any) -> str:
    """A value as --set takes it: words as they are, lists and tables as TOML."""
    return value if isinstance(value, str) else _toml(value)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value.item() if hasattr(value, "item") else value)


def run(scenario: str | os.PathLike[str], out: str | os.PathLike[str] | None = None, *,
        settings: Mapping[str, Any] | None = None, seed: int | None = None, steps: int | None = None,
        replicates: int | None = None, threads: int | None = None, ranks: int = 1, overwrite: bool = False,
        progress: bool | None = None, **set: Any) -> Run:
    """Runs a scenario and gives the run: `run("nyc.toml", population__scale=0.1)`.

    `set` are values of the scenario, with two underscores for each dot; `settings` the same under
    their own names: `{"population.scale": 0.1}`. `out`: the folder, by default runs/SCENARIO; an
    earlier run there moves into it, or is replaced with `overwrite`. `ranks` above 1 start mpirun.
    `progress`: whether to show a bar; by default in notebooks and on terminals.

    Raises CommandError with what the command said, such as all mistakes of a scenario at once.
    """
    from .runs import Run

    folder = Path(out) if out is not None else Path("runs") / Path(scenario).stem
    words = [program(), "run", str(scenario), "--out", str(folder)]
    for option, value in (("--seed", seed), ("--steps", steps), ("--replicates", replicates), ("--threads", threads)):
        words += [option, str(value)] if value is not None else []
    for key, value in {**{name.replace("__", "."): value for name, value in set.items()}, **(settings or {})}.items():
        words += ["--set", f"{key}={toml_value(value)}"]
    words += ["--overwrite"] if overwrite else []
    if ranks > 1:
        words = ["mpirun", "--bind-to", "none", "-n", str(ranks), *words]
    exit_code, said = _follow(words, _bar(progress))
    if exit_code != 0:
        raise CommandError(said or f"throng run: ended with {exit_code}", exit_code)
    return Run(folder)


class _Bar:
    """Progress on a terminal, or nothing."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown

    def show(self, done: int, of: int, words: str) -> None:
        if self.shown:
            filled = 30 * done // max(1, of)
            sys.stderr.write(f"\r\x1b[K{'█' * filled}{'░' * (30 - filled)} {words}")
            sys.stderr.flush()

    def end(self) -> None:
        if self.shown:
            sys.stderr.write("\n")


class _NotebookBar(_Bar):
    """Progress as an element of a notebook's page."""

    def __init__(self) -> None:
        from IPython.display import HTML, display
        super().__init__(True)
        self.html = HTML
        self.place = display(HTML("<progress></progress>"), display_id=True)

    def show(self, done: int, of: int, words: str) -> None:
        self.place.update(self.html(f'<progress value="{done}" max="{of}" style="width:20em"></progress> {words}'))

    def end(self) -> None:
        pass


def _bar(wanted: bool | None) -> _Bar:
    if wanted is not False and "IPython" in sys.modules:
        from IPython import get_ipython
        if type(get_ipython()).__name__ == "ZMQInteractiveShell":
            return _NotebookBar()
    return _Bar(sys.stderr.isatty() if wanted is None else wanted)


def _follow(words: list[str], bar: _Bar) -> tuple[int, str]:
    """Runs a command whose standard error is a terminal of ours: progress comes as it happens."""
    ours, its = pty.openpty()
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=its) as process:
        os.close(its)
        said: list[str] = []
        rest = b""
        try:
            while piece := _read(ours):
                *lines, rest = re.split(rb"[\r\n]", rest + piece)
                for line in (re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", raw.decode(errors="replace")) for raw in lines):
                    step = _PROGRESS.match(line.strip())
                    if step:
                        bar.show(int(step[2]), int(step[3]), f"{step[1]} {step[2]}/{step[3]}")
                    elif line.strip():
                        said.append(line)
        except BaseException:
            process.terminate()
            raise
        finally:
            os.close(ours)
    bar.end()
    return process.returncode, "\n".join(said)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end was closed
        return b""
