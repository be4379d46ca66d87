"""Colors that people with color-blindness tell apart, and numbers as people read them."""
from __future__ import annotations

import math
from typing import Any

#: Okabe and Ito (2008), black last; told apart in all common forms of color-blindness.
KINDS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8A800", "#000000"]
#: From dark to light, told apart without color, too: viridis (van der Walt and Smith 2015).
_STEPS = ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"]
MISSING = "#d9d9d9"


def kind(index: int) -> str:
    """The color of one of several kinds."""
    return KINDS[index % len(KINDS)]


def level(share: float) -> str:
    """The color of a number from 0 to 1: dark to light."""
    at = min(1.0, max(0.0, share)) * (len(_STEPS) - 1)
    low = min(int(at), len(_STEPS) - 2)
    rgb = (round(a + (b - a) * (at - low)) for a, b in zip(_rgb(_STEPS[low]), _rgb(_STEPS[low + 1])))
    return "#" + "".join(f"{value:02x}" for value in rgb)


def levels(count: int) -> list[str]:
    """Colors of an ordered row of kinds, dark to light; the lightest are too light for lines."""
    return [level(0.85 * index / max(1, count - 1)) for index in range(count)]


def levels_of_map() -> list[str]:
    """The whole scale, dark to light."""
    return list(_STEPS)


def light(color: str, opacity: float) -> str:
    """A color that lets through what is behind it."""
    return "rgba({}, {}, {}, {:g})".format(*_rgb(color), opacity)


def _rgb(color: str) -> list[int]:
    return [int(color[at:at + 2], 16) for at in (1, 3, 5)]


def words(value: Any, unit: str = "1") -> str:
    """A number as people read it: 12,345; 0.0123; 12.3 %."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, str):
        return value
    number = float(value)
    if unit == "%":
        return f"{100 * number:.1f} %"
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
