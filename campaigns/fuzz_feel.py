"""Broken and hostile FEEL and DMN: only the errors of the house, in bounded time and memory.

Expressions are cut, spliced and repeated from seeds and from the grammar's words, cells and conditions
for SQL too, and small DMN models are broken byte by byte. Allowed: a value (with faults), or BadInput and
its kinds. Not allowed: any other exception, more than two seconds, more than 300 MB of growth. What was
evaluated is evaluated a second time and must give the same; what SQL accepts the interpreter accepts.
"""

from __future__ import annotations

import random
import resource
import time
from collections import Counter
from pathlib import Path
from typing import Any

from xiaoneng.core.decisions import (
    Limits,
    check_model,
    compile_expression,
    compile_unary_tests,
    load_model,
    to_sql,
)
from xiaoneng.core.decisions.types import NUMBER, STRING, feel_text
from xiaoneng.core.errors import BadInput

INPUTS, SLICE = 400_000, 2_000
SLOW_SECONDS = 2.0
GROWTH_MB = 300
LIMITS = Limits(steps=20_000, depth=50, text=100_000, pattern_seconds=0.05)
EXAMPLES = Path(__file__).resolve().parents[1] / "tests" / "core" / "decisions" / "examples"
WORDS = [
    "a",
    "b",
    "0",
    "1",
    ".5",
    "1e3",
    "-1",
    "1e6144",
    '"x"',
    '""',
    "null",
    "true",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "and",
    "or",
    "not(",
    "in",
    "between",
    "instance",
    "of",
    "if",
    "then",
    "else",
    "for",
    "return",
    "some",
    "every",
    "satisfies",
    "function(",
    '@"2024-02-29"',
    '@"P1M"',
    '@"PT1S"',
    "?",
    "item",
    "partial",
    "substring(",
    "matches(",
    "replace(",
    "sort(",
    "sum(",
    "date(",
    "string(",
    "range(",
    "list<number>",
    "list",
    "number",
    "context<a:number>",
    "月",
    "收入",
    "\\",
    "//",
    "/*",
]
SEEDS = (
    "for i in 1..10, j in [1, 2] return if i > j then i * j else partial[-1]",
    "{a: 1, f: function(x, y: number) if x <= 1 then y else f(x - 1, y * x), r: f(10, 1)}.r",
    '[{k: "a", v: 1}, {k: "b", v: 2}][k = "b"].v[1]',
    'some x in [1, 2, null], y in ["a"] satisfies x = 2 and matches(y, "[a-c-[b]]+")',
    'date and time("2024-02-29T23:59:59.5@Asia/Shanghai") + duration("P1DT1H") - @"2024-01-01"',
    'replace("abracadabra", "(a)(.)", "$2$1$$", "i") instance of list<context<a: range<date>>>',
    "sort([3, 1, 2], function(x, y) x < y)[item between 1 and 2]",
    "a + b * 月 收入 ** 2 / 3 - -1 in (1, [2..3), not(4), > 5)",
)
CELLS = (
    "-",
    "< 5, [6..7)",
    'not("a", "b")',
    "? > a and ? < b",
    '@"2024-01-01"',
    "[1..b]",
    "in [1,2]",
    "null",
)


def mutated(chance: random.Random, text: str) -> str:
    """A broken relative of a text."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
        kind = chance.randrange(6)
        at = chance.randrange(len(text) + 1)
        to = min(len(text), at + chance.randint(1, 12))
        if kind == 0:
            text = text[:at] + text[to:]
        elif kind == 1:
            text = text[:at] + chance.choice(WORDS) + text[at:]
        elif kind == 2:
            text = text[:at] + text[at:to] * chance.choice((2, 3, 50)) + text[to:]
        elif kind == 3:
            other = chance.choice(SEEDS)
            start = chance.randrange(len(other))
            text = text[:at] + other[start : start + chance.randint(1, 30)] + text[to:]
        elif kind == 4:
            text = (
                text[:at]
                + chr(chance.choice((0, 9, 39, 92, 0x2028, 0xD800, 0x1F40E, chance.randrange(32, 0x3000))))
                + text[to:]
            )
        else:
            text = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 20)))
    return text


def feel(chance: random.Random) -> str:
    """One expression or cell: read, evaluated twice."""
    values = {"a": 1, "b": [1, "x", {"a": None}], "月 收入": "2024-01-01"}
    if chance.random() < 0.3:
        text = mutated(chance, chance.choice(CELLS))
        compile_unary_tests(text, list(values)).evaluate(
            chance.choice((None, 1, "a", True, [1])), values, limits=LIMITS
        )
        return "cell"
    text = mutated(chance, chance.choice(SEEDS))
    expression = compile_expression(text, list(values))
    first = expression.evaluate(values, limits=LIMITS)
    second = expression.evaluate(values, limits=LIMITS)
    timed = any(f.code == "pattern_time" for f in (*first.errors, *second.errors))
    if not timed and feel_text(first.value, limit=10_000) != feel_text(second.value, limit=10_000):
        raise AssertionError(f"two values: {text}")
    return "expression"


def sql(chance: random.Random) -> str:
    text = mutated(
        chance,
        chance.choice(('a > 3 and b in ("x", "y")', "not(a in [1..3]) or b = null", "a between 1 and 2")),
    )
    condition = to_sql(text, {"a": NUMBER, "b": STRING})
    if condition.sql.count("?") != len(condition.parameters):
        raise AssertionError(f"parameters: {text}")
    compile_expression(text, {"a": NUMBER, "b": STRING}).evaluate({"a": 1, "b": "x"}, limits=LIMITS)
    return "sql"


def model(chance: random.Random, seeds: list[bytes]) -> str:
    """A broken model: loaded, checked, every decision evaluated."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(data))
        to = min(len(data), at + chance.randint(1, 40))
        kind = chance.randrange(4)
        if kind == 0:
            del data[at:to]
        elif kind == 1:
            data[at:at] = chance.choice(WORDS).replace("<", "&lt;").encode()
        elif kind == 2:
            data[at:to] = data[at:to] * chance.choice((2, 20))
        else:
            data[at] = chance.randrange(256)
    loaded = load_model(bytes(data))
    check_model(loaded)
    for name in list(loaded.decisions)[:5]:
        loaded.evaluate(name, {"年龄": 83, "户籍": "本地", "经营面积": "x"}, explain=True, limits=LIMITS)
    return "model"


def run(seed: int, slice: bool) -> dict[str, Any]:  # the name that every campaign has
    """Break things ``INPUTS`` times (a slice: ``SLICE``); the record counts outcomes and lists what must
    not be."""
    chance = random.Random(seed)
    seeds = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.dmn"))]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(SLICE if slice else INPUTS):
        start = time.perf_counter()
        try:
            which = chance.random()
            counts[
                feel(chance) if which < 0.7 else sql(chance) if which < 0.85 else model(chance, seeds)
            ] += 1
        except BadInput as error:
            str(error)
            counts[type(error).__name__] += 1
        except Exception as error:  # finding these is what the campaign is for
            wrong.append(f"#{number}: {type(error).__name__}: {error}"[:300])
        seconds = time.perf_counter() - start
        if seconds > SLOW_SECONDS:
            wrong.append(f"#{number}: {seconds:.1f} s")
        slowest = max(slowest, seconds)
        if len(wrong) >= 20:
            break
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if growth > GROWTH_MB:
        wrong.append(f"grew by {growth:.0f} MB")
    return {
        "ok": not wrong,
        "inputs": sum(counts.values()) + len(wrong),
        "outcomes": dict(sorted(counts.items())),
        "slowest_seconds": round(slowest, 3),
        "growth_mb": round(growth),
        "wrong": wrong,
    }
