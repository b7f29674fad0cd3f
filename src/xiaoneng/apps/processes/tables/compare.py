"""Two versions of a table side by side: rules and columns that came, went or changed, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from xiaoneng.apps.processes.tables.grid import Grid, RuleRow

Kind = Literal["same", "added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """A text before and after; None where the column did not exist."""

    before: str | None
    after: str | None

    @property
    def changed(self) -> bool:
        """Whether both differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Title:
    """A column of the comparison: its title, its part of the table, what happened to it."""

    text: str
    part: str
    kind: Kind
    details: tuple[tuple[str, Change], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule with its numbers (1-based) before and after."""

    kind: Kind
    before: int | None
    after: int | None
    cells: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two tables. ``policy`` is said where it changed."""

    policy: Change
    columns: tuple[Title, ...]
    rules: tuple[RuleChange, ...]

    def count(self, kind: Kind) -> int:
        """How many rules."""
        return sum(rule.kind == kind for rule in self.rules)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return (
            not self.policy.changed
            and all(r.kind == "same" for r in self.rules)
            and all(c.kind == "same" for c in self.columns)
        )


def compare(before: Grid, after: Grid) -> Comparison:
    """The comparison of two versions of one table. Rules are matched by their content, then by their id."""
    columns: list[Title] = []
    places: list[tuple[str, int | None, int | None]] = []
    for part, old, new, keys in (
        (
            "inputs",
            before.inputs,
            after.inputs,
            ("expression", "type", "values", "basis", "change", "reach", "how", "values_en"),
        ),
        ("outputs", before.outputs, after.outputs, ("name", "type", "values", "default", "values_en")),
        ("notes", before.notes, after.notes, ()),
    ):
        for i, j in _pairs(old, new):
            columns.append(_title(part, old, new, i, j, keys))
            places.append((part, i, j))
    rules = []
    for a, b in _match(before.rules, after.rules):
        cells = tuple(
            Change(
                _cell(before.rules[a], part, i) if a is not None else None,
                _cell(after.rules[b], part, j) if b is not None else None,
            )
            for part, i, j in places
        )
        kind: Kind = "added" if a is None else "removed" if b is None else "same"
        if kind == "same" and any(
            c.changed and not (c.before in (None, "-", "") and c.after in (None, "-", "")) for c in cells
        ):
            kind = "changed"
        rules.append(RuleChange(kind, None if a is None else a + 1, None if b is None else b + 1, cells))
    policy = Change(
        f"{before.policy} {before.aggregation}".strip(), f"{after.policy} {after.aggregation}".strip()
    )
    return Comparison(policy, tuple(columns), tuple(rules))


def _cell(rule: RuleRow, part: str, index: int | None) -> str | None:
    return None if index is None else getattr(rule, part)[index]


def _name(column: Any) -> str:
    return column if isinstance(column, str) else column.title


def _key(column: Any) -> str:
    return column if isinstance(column, str) else getattr(column, "expression", None) or column.title


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """Columns that are the same by what they test or are called; the rest by their id."""
    found: list[tuple[int | None, int | None]] = []
    left = set(range(len(old)))
    for j, column in enumerate(new):
        same = next((i for i in sorted(left) if _key(old[i]) == _key(column)), None)
        if same is None and not isinstance(column, str) and column.id:
            same = next((i for i in sorted(left) if old[i].id == column.id), None)
        if same is not None:
            left.discard(same)
        found.append((same, j))
    return found + [(i, None) for i in sorted(left)]


def _title(
    part: str, old: Sequence[Any], new: Sequence[Any], i: int | None, j: int | None, keys: Sequence[str]
) -> Title:
    if i is None:
        assert j is not None
        return Title(_name(new[j]), part, "added")
    if j is None:
        return Title(_name(old[i]), part, "removed")
    details = tuple(
        (key, Change(getattr(old[i], key), getattr(new[j], key)))
        for key in keys
        if getattr(old[i], key) != getattr(new[j], key)
    )
    return Title(_name(new[j]), part, "changed" if details else "same", details)


def _match(old: Sequence[RuleRow], new: Sequence[RuleRow]) -> list[tuple[int | None, int | None]]:
    """Pairs of positions in the order of the new table; rules that are gone stand where they stood."""
    pair: dict[int, int] = {}
    before = [(r.inputs, r.outputs, r.notes) for r in old]
    after = [(r.inputs, r.outputs, r.notes) for r in new]
    for a, b, size in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        pair.update({b + k: a + k for k in range(size)})
    used = set(pair.values())
    for key in ("id", "inputs"):
        waiting = {
            getattr(r, key): i for i, r in reversed(list(enumerate(old))) if i not in used and getattr(r, key)
        }
        for j, rule in enumerate(new):
            if j not in pair and (i := waiting.pop(getattr(rule, key), None)) is not None:
                pair[j] = i
                used.add(i)
    result: list[tuple[int | None, int | None]] = []
    gone = [i for i in range(len(old)) if i not in used]
    for j in range(len(new)):
        here = pair.get(j)
        while gone and here is not None and gone[0] < here:
            result.append((gone.pop(0), None))
        result.append((here, j))
    return result + [(i, None) for i in gone]
