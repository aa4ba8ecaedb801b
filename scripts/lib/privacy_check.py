#!/usr/bin/env python3
"""Compares the noise of the statistics, and what is stated of it, with OpenDP's.

    privacy_check.py NOISE      NOISE is the built example of lachan-sync; runs in a Python that has opendp

OpenDP is another implementation of the same mechanisms, by people who prove theirs. It says here what the noise of each
scale is worth (its privacy maps), and draws noise of its own, which must be distributed as ours.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter

import opendp.prelude as dp

dp.enable_features("contrib")

DRAWS = 100_000
# Two histograms that are alike exceed this once in some millions of runs: five deviations of chi squared.
DEVIATIONS = 5.0


def laplace(scale: float, count: int) -> list[int]:
    """Noise as OpenDP draws it."""
    space = dp.vector_domain(dp.atom_domain(T=int), size=count), dp.l1_distance(T=int)
    return dp.m.make_laplace(*space, scale=scale)([0] * count)


def epsilon(scale: float, sensitivity: int) -> float:
    """What OpenDP says that the noise is worth."""
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    return dp.m.make_laplace(*space, scale=scale).map(sensitivity)


def names(scale: float, threshold: int) -> tuple[float, float]:
    """ε and δ of names of which a device gives one, by OpenDP's mechanism of the same kind."""
    space = (
        dp.map_domain(dp.atom_domain(T=str), dp.atom_domain(T=int)),
        dp.l01inf_distance(dp.absolute_distance(T=int)),
    )
    mechanism = dp.m.make_laplace_threshold(*space, scale=scale, threshold=threshold)
    return mechanism.map((1, 1, 1))


def unlike(ours: Counter[int], theirs: Counter[int]) -> tuple[float, float]:
    """Chi squared of two histograms of as many draws, with what it may be at most."""
    statistic, classes, rest = 0.0, 0, [0, 0]
    for value in set(ours) | set(theirs):
        a, b = ours[value], theirs[value]
        if a + b < 20:
            rest = [rest[0] + a, rest[1] + b]
        else:
            statistic += (a - b) ** 2 / (a + b)
            classes += 1
    if sum(rest):
        statistic += (rest[0] - rest[1]) ** 2 / sum(rest)
        classes += 1
    freedom = classes - 1
    return statistic, freedom + DEVIATIONS * math.sqrt(2 * freedom) + DEVIATIONS


def main() -> int:
    told = json.loads(subprocess.run([sys.argv[1], str(DRAWS)], check=True, capture_output=True, text=True).stdout)
    stated = told["statement"]
    wrong = []

    def holds(what: str, is_so: bool) -> None:
        print(f"{'ok    ' if is_so else 'FAILED'}  {what}")
        if not is_so:
            wrong.append(what)

    parts = [
        epsilon(stated["devices-scale"], 1),
        epsilon(stated["attempts-scale"], stated["attempts-of-a-device"]),
    ]
    of_names, delta = names(stated["names-scale"], stated["names-threshold"])
    total = sum(parts) + of_names
    holds(
        f"OpenDP: a device's day is worth ε {total:.6f} ({parts[0]:.3f} + {parts[1]:.3f} + {of_names:.3f}); "
        f"stated {stated['epsilon']}",
        total <= stated["epsilon"] + 1e-6,
    )
    holds(f"OpenDP: names are worth δ {delta:.3g}; stated {stated['delta']:.3g}", delta <= stated["delta"])
    for part in ("devices", "attempts", "names"):
        scale = stated[f"{part}-scale"]
        ours, theirs = Counter(dict(told[part])), Counter(laplace(scale, DRAWS))
        statistic, most = unlike(ours, theirs)
        holds(f"{part}: {DRAWS} draws of scale {scale:.3f} are as OpenDP's: chi squared {statistic:.0f} <= {most:.0f}", statistic <= most)
        other, most = unlike(ours, Counter(laplace(scale * 1.1, DRAWS)))
        holds(f"{part}: a scale a tenth larger is told apart: chi squared {other:.0f} > {most:.0f}", other > most)
    print(f"\n{8 - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
