"""What archetypes decided, joined from the tables of the ledger."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .errors import InputError, needed, unknown

if TYPE_CHECKING:
    import pandas as pd

    from .runs import Run

EVERYBODY = 1 << 20  # shares are kept in units of 2^-20


def features_of(text: str) -> dict[str, str]:
    """"age=18-29;sex=female" as names and labels."""
    return dict(pair.split("=", 1) for pair in text.split(";") if "=" in pair)


def decisions_of(run: Run, name: str | None) -> pd.DataFrame:
    if "decisions" not in run.table_names:
        raise InputError(f"{run.path}: nothing was decided by archetypes. Run a scenario that asks some, "
                         "as scenarios/nyc/nyc_2020_archetypes.toml.")
    pandas = needed("pandas", "frames")
    made, subjects = run.table("decisions"), run.table("decision_subjects")
    decided = subjects["decision"].to_numpy()
    if name is not None and name not in decided:
        raise unknown(run.path, "decision", name, sorted(set(decided)))
    row = made["subject"].to_numpy().astype(np.int64)
    if "replicate" in made:  # rows of subjects are counted in each replicate by itself
        first = np.searchsorted(subjects["replicate"].to_numpy(), made["replicate"].to_numpy())
        row = row + first
    wanted = np.ones(len(made), dtype=bool) if name is None else decided[row] == name
    made, row = made[wanted].reset_index(drop=True), row[wanted]

    each = [features_of(text) for text in subjects["features"]]
    frame: pd.DataFrame = pandas.DataFrame({
        **({"replicate": made["replicate"]} if "replicate" in made else {}),
        "decision": pandas.Categorical(decided[row]),
        **{key: made[key] for key in ("asked", "asked_date", "in_force", "in_force_date") if key in made},
        "archetype": made["archetype"],
        "mass": made["mass"],
        "share": made["share"] / EVERYBODY,
        "rung": made["rung"],
        "why": made["why"],
    })
    for feature in dict.fromkeys(key for one in each for key in one):
        codes, labels = pandas.factorize(np.array([one.get(feature) for one in each], dtype=object))
        if (codes[row] >= 0).any():
            frame[feature] = pandas.Categorical.from_codes(codes[row], list(labels)).remove_unused_categories()
    frame.attrs = {"doc": "numbers that decided", "units": {"mass": "person", "share": "1", "asked": "step",
                                                            "in_force": "step"}}
    return frame
