"""Soundness: what is wrong with a model before it is published, each with a path that shows it."""

from xiaoneng.core.process.soundness.check import Problem, Verdict, check

__all__ = ["Problem", "Verdict", "check"]
