"""How much is measured: all of it, or little for a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from export.explanations.fills import BAND_MEAN, FILLS
from export.explanations.moments import MAIN, TO_HEAR, Moment
from export.explanations.settings import DIVISIONS, MAIN_DIVISION, OWN, PUBLISHED, Setting

FULL_REFERENCE_CALLS = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides how long the report takes.

    Attributes
    ----------
    references : Path
        Where the answers to random mixtures are kept.
    moments : tuple of Moment
        Compared with random mixtures.
    reference_calls, other_reference_calls : int
        Random mixtures for the main division, and for each of the others that has more than twelve parts.
    budgets : tuple of int
        Calls.
    seeds : int
        Estimates of each kind, from different mixtures.
    published_moments : int
        So many of the moments for the settings of others' papers, and for the checks of the network.
    lime_share : float
        Of the calls that the settings of lime ask for.
    heard : tuple of Moment
        Whose sounds are heard.
    plants : dict of str to int, as pairs
        How many of each kind.
    all_settings_plants : int
        Of these, how many are explained in all settings.
    forgotten : int
        Networks with shuffled weights.
    repeats : int
        Of each timing.
    """

    references: Path
    moments: tuple[Moment, ...] = MAIN
    reference_calls: int = FULL_REFERENCE_CALLS
    other_reference_calls: int = 10_000
    budgets: tuple[int, ...] = (32, 64, 128, 256, 512, 1024)
    seeds: int = 3
    published_moments: int = 2
    lime_share: float = 1.0
    heard: tuple[Moment, ...] = TO_HEAR
    plants: tuple[tuple[str, int], ...] = (("detector", 8), ("beside", 20), ("network", 8))
    all_settings_plants: int = 4
    fills: tuple[float | str, ...] = FILLS
    forgotten: int = 2
    repeats: int = 12

    def settings(self) -> list[Setting]:
        """Return all settings that are compared."""
        return [s for division in (MAIN_DIVISION, *DIVISIONS) for s in self.settings_of(division)]

    def settings_of(self, division: str) -> list[Setting]:
        """Return the settings of a division, with so many calls of lime as the plan allows."""
        return [
            replace(s, calls=max(64, round(s.calls * self.lime_share))) if s.method == "lime" else s
            for s in (*OWN, *PUBLISHED)
            if s.division == division
        ]


def quick(references: Path) -> Plan:
    """Return a plan of less than a minute, only to see that all runs: its figures mean little."""
    early = Moment("solo", 4.0)  # a window of half the length: half the work
    return Plan(
        references,
        moments=(early,),
        reference_calls=300,
        other_reference_calls=150,
        budgets=(32, 64),
        seeds=2,
        published_moments=1,
        lime_share=0.05,
        heard=(early,),
        plants=(("detector", 1), ("beside", 1)),
        all_settings_plants=1,
        fills=(-10.0, BAND_MEAN),
        forgotten=1,
        repeats=1,
    )
