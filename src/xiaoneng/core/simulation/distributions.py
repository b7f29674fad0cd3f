"""Distributions of times (seconds) and numbers: constant, exponential, lognormal, gamma, triangular, uniform,
empirical quantiles.

Each is drawn so that a change of its mean or spread moves every draw the same way (inversion, or a standard
draw scaled), which is what makes common random numbers worth having.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from xiaoneng.core.process.durations import read_duration
from xiaoneng.core.simulation.chance import Float64
from xiaoneng.core.simulation.strict_json import Field

LONGEST: Final = 3_200_000_000.0
"""Seconds, a hundred years: no draw is longer."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """``kind`` with ``values`` in the order of ``PARAMETERS``; for quantiles the values at equal steps of
    probability from 0 to 1."""

    kind: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The expected value."""
        return MEANS[self.kind](*self.values)

    def draw(self, generator: Generator, n: int) -> Float64:
        """``float64[n]``."""
        return DRAWS[self.kind](generator, n, *self.values)

    def json(self) -> Any:
        """What a scenario file says for it."""
        if self.kind == "quantiles":
            return {"quantiles": list(self.values)}
        if self.kind == "constant":
            return {"constant": self.values[0]}
        return {self.kind: dict(zip(PARAMETERS[self.kind], self.values, strict=True))}


ZERO: Final = Distribution("constant", (0.0,))

PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "exponential": ("mean",),
    "lognormal": ("mean", "sd"),
    "gamma": ("mean", "sd"),
    "triangular": ("low", "mode", "high"),
    "uniform": ("low", "high"),
}


def _lognormal(mean: float, sd: float) -> tuple[float, float]:
    """Mean and deviation of the logarithm."""
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


def _draw_lognormal(g: Generator, n: int, mean: float, sd: float) -> Float64:
    mu, sigma = _lognormal(mean, sd)
    return np.exp(mu + sigma * g.standard_normal(n))


def _draw_gamma(g: Generator, n: int, mean: float, sd: float) -> Float64:
    if sd == 0:
        return np.full(n, mean)
    return g.standard_gamma((mean / sd) ** 2, n) * (sd * sd / mean)


def _draw_triangular(g: Generator, n: int, low: float, mode: float, high: float) -> Float64:
    u, width = g.random(n), high - low
    if width == 0:
        return np.full(n, low)
    cut = (mode - low) / width
    up = low + np.sqrt(u * width * (mode - low))
    down = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(u < cut, up, down)


def _draw_quantiles(g: Generator, n: int, *values: float) -> Float64:
    return np.interp(g.random(n), np.linspace(0, 1, len(values)), values)


DRAWS: Final[dict[str, Callable[..., Float64]]] = {
    "constant": lambda g, n, value: np.full(n, value),
    "exponential": lambda g, n, mean: mean * g.standard_exponential(n, method="inv"),
    "lognormal": _draw_lognormal,
    "gamma": _draw_gamma,
    "triangular": _draw_triangular,
    "uniform": lambda g, n, low, high: low + (high - low) * g.random(n),
    "quantiles": _draw_quantiles,
}
MEANS: Final[dict[str, Callable[..., float]]] = {
    "constant": lambda value: value,
    "exponential": lambda mean: mean,
    "lognormal": lambda mean, sd: mean,
    "gamma": lambda mean, sd: mean,
    "triangular": lambda low, mode, high: (low + mode + high) / 3,
    "uniform": lambda low, high: (low + high) / 2,
    "quantiles": lambda *values: sum((a + b) / 2 for a, b in pairwise(values)) / (len(values) - 1),
}
KINDS: Final = ("constant", *PARAMETERS, "quantiles")


def seconds(field: Field) -> float:
    """Seconds of a number or of an ISO 8601 duration without years and months."""
    if isinstance(field.value, str):
        found = read_duration(field.value)
        if found is None or found[0]:
            field.wrong("seconds, or a duration without years and months such as PT30M")
        return min(found[1] / 1_000_000, LONGEST)
    return field.number(0, LONGEST)


def plain_number(field: Field) -> float:
    return field.number(-1e15, 1e15)


def read_distribution(field: Field, value: Callable[[Field], float] = seconds) -> Distribution:
    """A distribution of a scenario; ``value`` reads its figures. A bare figure is a constant."""
    if not isinstance(field.value, dict):
        return Distribution("constant", (value(field),))
    fields = field.keys(KINDS)
    if len(fields) != 1:
        field.wrong("an object with one of {kinds}", kinds=", ".join(KINDS))
    kind, inner = next(iter(fields.items()))
    if kind == "constant":
        return Distribution(kind, (value(inner),))
    if kind == "quantiles":
        values = tuple(value(item) for item in inner.items())
        if not 2 <= len(values) <= 1001 or any(a > b for a, b in pairwise(values)):
            inner.wrong("2 to 1001 figures, none smaller than the one before")
        return Distribution(kind, values)
    names = PARAMETERS[kind]
    parts = inner.keys(names, names)
    figures = tuple(value(parts[name]) for name in names)
    if kind in ("triangular", "uniform") and list(figures) != sorted(figures):
        inner.fail(
            "the figures are out of order",
            expected="{names}, none smaller than the one before",
            names=", ".join(names),
        )
    if kind in ("lognormal", "gamma", "exponential") and figures[0] <= 0:
        parts["mean"].wrong("a mean above 0")
    if kind in ("lognormal", "gamma") and (figures[1] < 0 or figures[1] > 100 * figures[0]):
        parts["sd"].wrong("a standard deviation from 0 to a hundred times the mean")
    return Distribution(kind, figures)
