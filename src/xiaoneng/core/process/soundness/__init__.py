"""Soundness: what is wrong with a model before it is published, each with a path that shows it."""

from xiaoneng.core.process.soundness.check import Verdict, check
from xiaoneng.core.process.soundness.problem import HINTS, Problem

__all__ = ["HINTS", "Problem", "Verdict", "check"]
