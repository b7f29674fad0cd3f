"""An explanation in plain words: what was decided, what decided it, on which basis, what would change it.

``account`` prepares the words for pages and notices, ``tell`` puts them into lines of text. Templates are
English; ``translate`` is gettext's for the reader's language, ``lang`` that language (``zh`` or ``en``): it
chooses among what the model itself says in two languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from xiaoneng.core.decisions.explain import BASIS
from xiaoneng.core.decisions.faults import MESSAGES, phrase
from xiaoneng.core.decisions.types import feel_text

TEXTS: Final = {
    # a value
    "pair": "{name}: {value}",
    "pairs": "{first}; {second}",
    "listed": "{first}, {second}",
    "either": "{first} or {second}",
    "quoted": "“{value}”",
    "day": "{day} {month} {year}",
    # a condition
    "<": "less than {value}",
    "<=": "at most {value}",
    ">": "more than {value}",
    ">=": "{value} or more",
    "before": "before {value}",
    "until": "no later than {value}",
    "after": "after {value}",
    "since": "no earlier than {value}",
    "any": "known",
    "not": "not {value}",
    "[]": "from {low} to {high}",
    "[)": "from {low} to below {high}",
    "(]": "more than {low}, at most {high}",
    "()": "more than {low}, less than {high}",
    # a reason
    "asked": "{point} (the rule: {condition})",
    "failed": "{point} (the rule asks for: {condition})",
    "missing": "{name}: not known (the rule asks for: {condition})",
    "founded": "{point} ({basis})",
    "decided": "What decided:",
    "always": "In every case.",
    "because": "Reason – {points}",
    "no_part": "Made no difference here: {points}",
    "nearest": "No rule applies. Rule {number} comes nearest:",
    "by_rule": "Basis (rule {number}): {basis}",
    "rule": "Rule {number}",
    "basis": "Basis: {basis}",
    "remark": "{name}: {text}",
    "derived": "{point} (from {points})",
    "items": "{count} in all",
    "none": "none",
    # the result, and another one
    "result": "{name} – {value}",
    "open": "not decided",
    "instead": "What would lead to another result (by these rules, all else unchanged):",
    "way": "{changes} → {value}",
    "change": "{name}: {to} instead of {value}",
    "range": "{name}: {condition} (now {value})",
    "known": "{name}: once known to be {to}",
    "day_comes": "from {day} on ({name} is then {to})",
    "grows": "as soon as {name} is {to}",
    "joined": "{first}, and {second}",
    "more": "in addition {items}",
    "less": "no longer {items}",
    "how": "{way}. How: {how}",
    "reason": "Not decided: {reason}",
}
WORDS: Final = {True: "yes", False: "no", None: "nothing"}
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
PLAIN: Final = {"zh": ("说明", "告知"), "en": ("explanation",)}
"""Names of the columns of remarks in which a rule speaks to the person concerned."""
ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
COVER: Final = "•••"
MIRROR: Final = {"<": "before", "<=": "until", ">": "after", ">=": "since"}

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Point:
    """An input and what a rule says about it (nothing where that is the value itself); ``text`` says both.
    ``met`` is whether the condition is
    satisfied, ``decided`` whether the result hangs on it."""

    name: str
    value: str
    condition: str
    text: str
    met: bool
    decided: bool
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that applies, or came nearest: its own words, its result, the points, basis and remarks."""

    number: int
    matched: bool
    words: str
    value: str
    points: tuple[Point, ...]
    basis: str
    remarks: tuple[tuple[str, str], ...] = ()

    def deciding(self) -> list[Point]:
        """The points on which the result hangs."""
        return [p for p in self.points if p.decided]

    def idle(self) -> list[Point]:
        """Conditions that were met but made no difference."""
        return [p for p in self.points if not p.decided]


@dataclass(frozen=True, slots=True)
class Way:
    """What would lead to another result, and how somebody can bring it about."""

    changes: str
    value: str
    how: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """One decision in words. ``listing``: each rule that applies adds its own part to the result."""

    name: str
    question: str
    value: str
    basis: str
    reasons: tuple[Reason, ...] = ()
    ways: tuple[Way, ...] = ()
    listing: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """An explanation in words: the result (with its ``fields`` or ``items``, where it has such), the
    decisions behind it (the one asked for first), values made on the way, and why something could not be
    decided."""

    name: str
    value: str
    decided: bool
    told: tuple[Told, ...]
    fields: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Speaker:
    """How one reader is spoken to."""

    translate: Translate
    lang: str
    english: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str, **params: Any) -> str:
        return self.translate(TEXTS[key]).format(**params)

    def own(self, text: str) -> str:
        """A text of the model in the reader's language, as far as the model has it."""
        return self.english.get(text, text) if self.lang == "en" else text

    def value(self, value: Any) -> str:
        """A value in words."""
        if value is None or isinstance(value, bool):
            return self.translate(WORDS[value])
        if isinstance(value, Mapping):
            pairs = [self.say("pair", name=name, value=of) for name, of in self.fields(value)]
            return self.join("pairs", pairs) or self.say("none")
        if isinstance(value, list):
            return self.join("listed", [self.value(item) for item in value]) or self.say("none")
        if isinstance(value, str):
            return self.day(value) if ISO_DATE.fullmatch(value) else self.own(value)
        return feel_text(value)

    def fields(self, value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The parts of a value with several, by their labels."""
        return tuple((self.own(self.names.get(name, name)), self.value(of)) for name, of in value.items())

    def quoted(self, value: Any) -> str:
        """A value inside a sentence: texts stand in quotation marks."""
        text = self.value(value)
        plain = isinstance(value, str) and not ISO_DATE.fullmatch(value)
        return self.say("quoted", value=text) if plain or isinstance(value, bool) else text

    def day(self, text: str) -> str:
        """A day as people write it."""
        try:
            found = date.fromisoformat(text)
        except ValueError:
            return text
        month = self.translate(MONTHS[found.month - 1])
        return self.say("day", day=found.day, month=month, year=found.year)

    def join(self, key: str, parts: list[str]) -> str:
        joined = parts[0] if parts else ""
        for part in parts[1:]:
            joined = self.say(key, first=joined, second=part)
        return joined

    def condition(self, test: Mapping[str, Any] | None, text: str) -> str:
        """A condition in words; one that is no plain comparison stays as it is written."""
        if test is None or not test["any"]:
            return text
        said = self.join("either", [self.part(part) for part in test["any"]])
        return self.say("not", value=said) if test["not"] else said

    def plain(self, test: Mapping[str, Any] | None, text: str) -> str:
        """A condition as it stands in a table: values without quotation marks."""
        if test is None or not test["any"] or any(part.get("op") != "=" for part in test["any"]):
            return self.condition(test, text)
        said = self.join("either", [self.value(part["value"]) for part in test["any"]])
        return self.say("not", value=said) if test["not"] else said

    def part(self, part: Mapping[str, Any]) -> str:
        if "op" not in part:
            key = ("[" if part["low_in"] else "(") + ("]" if part["high_in"] else ")")
            return self.say(key, low=self.value(part["low"]), high=self.value(part["high"]))
        operator, value = part["op"], part["value"]
        if operator == "=":
            return self.quoted(value)
        if operator == "!=":
            return self.say("any") if value is None else self.say("not", value=self.quoted(value))
        dated = isinstance(value, str) and ISO_DATE.match(value)
        return self.say(MIRROR[operator] if dated else operator, value=self.value(value))

    def notes(self, annotations: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> list[str]:
        """Remarks of one kind, in the reader's language where they are given in both."""
        folded = {name.lower(): text for name, text in annotations.items() if text}
        for language in (self.lang, *names):
            found = [folded[name] for name in names[language] if name in folded]
            if found:
                return found
        return []

    def basis(self, bases: list[str]) -> str:
        return self.join("pairs", [self.own(text) for text in bases])


def account(
    explanation: Mapping[str, Any],
    translate: Translate = str,
    lang: str = "en",
    *,
    cover: Collection[str] = (),
) -> Account:
    """The explanation in words. Values of the inputs named in ``cover``, and of decisions made from them on
    the way, are covered."""
    speaker = Speaker(translate, lang, explanation.get("en", {}), explanation.get("names", {}))
    asked = explanation["decision"]
    hidden = set(cover)
    for decision in explanation["decisions"]:
        if decision["name"] != asked and hidden & decision["required"].keys():
            hidden.add(decision["name"])
    told: list[Told] = []
    made: list[str] = []
    for decision in reversed(explanation["decisions"]):
        if decision["name"] != asked and not decision["tables"]:
            made.append(derived(decision, speaker, hidden))
        if decision["tables"] or decision["basis"]:
            told.append(of_decision(decision, speaker, hidden))
    value = explanation["value"]
    return Account(
        speaker.own(asked),
        speaker.say("open") if value is None else speaker.value(value),
        value is not None,
        tuple(told),
        speaker.fields(value) if isinstance(value, Mapping) else (),
        tuple(speaker.value(item) for item in value) if isinstance(value, list) else (),
        tuple(made),
        tuple(
            speaker.say("reason", reason=phrase(MESSAGES[error["code"]], error["params"], translate))
            for error in explanation["errors"]
        ),
    )


def derived(decision: Mapping[str, Any], speaker: Speaker, hidden: Collection[str]) -> str:
    """A value made on the way, and from what."""

    def pair(name: str, value: Any) -> str:
        said = COVER if name in hidden else speaker.value(value)
        return speaker.say("pair", name=speaker.own(name), value=said)

    point = pair(decision["name"], decision["value"])
    sources = [pair(name, value) for name, value in decision["required"].items()]
    return speaker.say("derived", point=point, points=speaker.join("pairs", sources)) if sources else point


def of_decision(decision: Mapping[str, Any], speaker: Speaker, hidden: Collection[str]) -> Told:
    reasons: list[Reason] = []
    ways: list[Way] = []
    listing = False
    for table in decision["tables"]:
        listing = listing or lists(table)
        reasons += [of_rule(rule, table, speaker, hidden) for rule in table["rules"]]
        ways += [of_way(other, table, speaker, hidden) for other in table["counterfactuals"]]
    return Told(
        speaker.own(decision["name"]),
        speaker.own(decision["question"]),
        COVER if decision["name"] in hidden else speaker.value(decision["value"]),
        speaker.basis(decision["basis"]),
        tuple(reasons),
        tuple(ways),
        listing,
    )


def lists(table: Mapping[str, Any]) -> bool:
    """Whether every rule that applies adds its own part to the result."""
    return table["policy"] in ("C", "R", "O")


def of_rule(
    rule: Mapping[str, Any], table: Mapping[str, Any], speaker: Speaker, hidden: Collection[str]
) -> Reason:
    decided = table.get("deciding") if rule["matched"] and not lists(table) else None
    points: list[Point] = []
    for column, (cell, entry) in enumerate(zip(rule["cells"], table["inputs"], strict=True)):
        if cell["condition"] == "-":
            continue
        points.append(of_cell(cell, entry, decided is None or column in decided, speaker, hidden))
    annotations = rule["annotations"]
    used = {name for names in (*BASIS.values(), *PLAIN.values()) for name in names}
    return Reason(
        rule["number"],
        rule["matched"],
        " ".join(speaker.notes(annotations, PLAIN)),
        speaker.value(rule["value"]) if rule.get("value") is not None else ", ".join(rule["results"]),
        tuple(points),
        speaker.basis(speaker.notes(annotations, BASIS)),
        tuple((name, text) for name, text in annotations.items() if text and name.lower() not in used),
    )


def of_cell(
    cell: Mapping[str, Any],
    entry: Mapping[str, Any],
    decided: bool,
    speaker: Speaker,
    hidden: Collection[str],
) -> Point:
    name = speaker.own(cell["name"])
    condition = speaker.condition(cell.get("test"), cell["condition"])
    known = entry["value"] is not None
    value = COVER if covered(entry, hidden) else speaker.value(entry["value"])
    point = speaker.say("pair", name=name, value=value)
    test = cell.get("test")
    plain = test is not None and not test["not"] and len(test["any"]) == 1 and test["any"][0].get("op") == "="
    if not cell["satisfied"]:
        text = (
            speaker.say("failed", point=point, condition=condition)
            if known
            else speaker.say("missing", name=name, condition=condition)
        )
    elif plain and not covered(entry, hidden):
        # the condition is the value itself
        text, condition = point, ""
    else:
        text = speaker.say("asked", point=point, condition=condition)
    basis = speaker.basis(entry["basis"])
    if basis:
        text = speaker.say("founded", point=text, basis=basis)
    return Point(name, value, condition, text, cell["satisfied"], decided, basis)


def covered(entry: Mapping[str, Any], hidden: Collection[str]) -> bool:
    """Whether an input's value must not be shown."""
    return entry["name"] in hidden or entry["expression"].strip() in hidden


def of_way(
    other: Mapping[str, Any], table: Mapping[str, Any], speaker: Speaker, hidden: Collection[str]
) -> Way:
    changes = speaker.join("joined", [of_change(c, speaker, hidden) for c in other["changes"]])
    value = difference(other["value"], table["value"], speaker) if lists(table) else None
    value = speaker.value(other["value"]) if value is None else value
    how = speaker.join("pairs", [speaker.own(c["how"]) for c in other["changes"] if c.get("how")])
    way = speaker.say("way", changes=changes, value=value)
    return Way(changes, value, how, speaker.say("how", way=way, how=how) if how else way)


def of_change(change: Mapping[str, Any], speaker: Speaker, hidden: Collection[str]) -> str:
    name = speaker.own(change["name"])
    to = speaker.quoted(change["to"])
    test = change.get("test")
    ranged = test is not None and any(part.get("op") != "=" for part in test["any"])
    condition = speaker.condition(test, change["condition"]) if ranged else to
    if covered(change, hidden):
        if change.get("grows"):
            return speaker.say("grows", name=name, to=to)
        return speaker.say("known", name=name, to=condition)
    if change.get("day"):
        return speaker.say("day_comes", day=speaker.day(change["day"]), name=name, to=to)
    if change.get("grows"):
        return speaker.say("grows", name=name, to=to)
    if change["value"] is None:
        return speaker.say("known", name=name, to=condition)
    if ranged:
        return speaker.say("range", name=name, condition=condition, value=speaker.value(change["value"]))
    return speaker.say("change", name=name, value=speaker.quoted(change["value"]), to=to)


def difference(new: Any, old: Any, speaker: Speaker) -> str | None:
    """What a list would have more and less; None for what is no list."""
    if not isinstance(new, list) or not isinstance(old, list):
        return None
    more = [item for item in new if item not in old]
    less = [item for item in old if item not in new]
    parts = [speaker.say("more", items=speaker.value(more))] if more else []
    parts += [speaker.say("less", items=speaker.value(less))] if less else []
    return speaker.join("pairs", parts) or None


# lines of text


def tell(explanation: Mapping[str, Any], translate: Translate = str, lang: str = "en") -> list[str]:
    """The explanation in lines of text, the result first."""
    speaker = Speaker(translate, lang, explanation.get("en", {}), explanation.get("names", {}))
    found = account(explanation, translate, lang)
    listing = bool(found.told) and found.told[0].listing and found.told[0].name == found.name
    head = (
        speaker.say("items", count=len(explanation["value"]))
        if listing and explanation["value"]
        else found.value
    )
    fields = isinstance(explanation["value"], Mapping)
    lines = [speaker.say("result" if fields else "pair", name=found.name, value=head)]
    for position, told in enumerate(found.told):
        indent = "  "
        if position:
            lines.append(indent + speaker.say("pair", name=told.name, value=told.value))
            indent = "    "
        lines += [indent + line for line in (of_list if told.listing else of_result)(told, speaker)]
        if told.basis:
            lines.append(indent + speaker.say("basis", basis=told.basis))
        if told.ways:
            lines.append(indent + speaker.say("instead"))
            lines += [f"{indent}  · {way.text}" for way in told.ways]
    lines += ["  " + text for text in (*found.derived, *found.faults)]
    return lines


def of_result(told: Told, speaker: Speaker) -> list[str]:
    """Why one result: the rule's own words, what decided, what did not, the basis."""
    lines: list[str] = []
    for reason in told.reasons:
        if not reason.matched:
            lines.append(speaker.say("nearest", number=reason.number))
            lines += [f"  · {point.text}" for point in reason.points]
            continue
        if reason.words:
            lines.append(reason.words)
        if reason.deciding():
            lines.append(speaker.say("decided"))
            lines += [f"  · {point.text}" for point in reason.deciding()]
        elif not reason.words:
            lines.append(speaker.say("always"))
        if idle := reason.idle():
            points = speaker.join("pairs", [speaker.say("pair", name=p.name, value=p.value) for p in idle])
            lines.append(speaker.say("no_part", points=points))
        if reason.basis:
            lines.append(speaker.say("by_rule", number=reason.number, basis=reason.basis))
        else:
            lines.append(speaker.say("rule", number=reason.number))
        lines += [speaker.say("remark", name=name, text=text) for name, text in reason.remarks]
    return lines


def of_list(told: Told, speaker: Speaker) -> list[str]:
    """What every rule adds, and why."""
    lines: list[str] = []
    for number, reason in enumerate((r for r in told.reasons if r.matched), 1):
        lines.append(f"{number}. {reason.value}")
        if reason.words:
            lines.append("   " + reason.words)
        elif reason.points:
            points = speaker.join("pairs", [point.text for point in reason.points])
            lines.append("   " + speaker.say("because", points=points))
        else:
            lines.append("   " + speaker.say("always"))
        if reason.basis:
            lines.append("   " + speaker.say("by_rule", number=reason.number, basis=reason.basis))
        lines += ["   " + speaker.say("remark", name=name, text=text) for name, text in reason.remarks]
    return lines
