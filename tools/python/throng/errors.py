"""What can go wrong, in the form `<place>: <problem> (<why>). <what to do>`."""
from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from typing import Any


class ThrongError(Exception):
    """The base of all errors of this package."""


class InputError(ThrongError, ValueError):
    """What was asked for is not there, or is no file of Throng's."""


class DamagedError(ThrongError, OSError):
    """A file was cut or changed after it was written."""


class CommandError(ThrongError):
    """The command `throng` ended with an exit code other than 0."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def unknown(place: object, what: str, name: str, known: Iterable[str]) -> InputError:
    """No such series, table, label: with the nearest name, or those there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        advice = f"Did you mean '{near[0]}'?"
    elif names:
        advice = "There are: " + ", ".join(names) + "."
    else:
        advice = f"It has no {what} at all."
    return InputError(f"{place}: has no {what} '{name}'. {advice}")


def needed(module: str, extra: str) -> Any:
    """An optional package, or how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ThrongError(f"{module}: this needs that package ({error}). Install it with "
                          f"pip install \"throng[{extra}]\".") from error
