"""The nearest run against brute force over every word of small models, and what is said of known cases."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from benchmarks.blocks import Block, model
from tests.core.mining.replay.brute import TooMany, Word, cost, words
from tests.core.mining.replay.logs import replayed
from xiaoneng.core.mining.replay import Replay, fitness
from xiaoneng.core.mining.replay.automaton import Automaton, Beliefs
from xiaoneng.core.mining.replay.nearest import nearest
from xiaoneng.core.mining.replay.relaxed import inside, relax

NAMES = "abcd"


def small() -> st.SearchStrategy[Block]:
    """Trees over four names; a name may stand at several places."""
    leaf = st.sampled_from((*NAMES, ""))

    def extend(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
        several = st.lists(inner, min_size=2, max_size=3)
        kinds = ("seq", "seq", "xor", "and", "or")
        return st.one_of(
            *(several.map(lambda parts, kind=kind: (kind, *parts)) for kind in kinds),
            # a round without a step would be no round
            st.tuples(st.just("loop"), st.sampled_from(NAMES), inner),
        )

    return st.recursive(leaf, extend, max_leaves=5)


def language_of(block: Block, rounds: int) -> set[Word]:
    """The words of a model; models with very many are passed over."""
    try:
        return words(block, rounds)
    except TooMany:
        reject()


def run_cost(block: Block, path: Word, limit: int = 30_000) -> tuple[int, bool]:
    m = model(block)
    members = inside(m, "p")
    steps = {name: tuple(n for n in members if m.nodes[n].name == name) for name in NAMES}
    visible = frozenset(n for nodes in steps.values() for n in nodes)
    beliefs = Beliefs(Automaton(relax(m, visible), "p", visible, 1), [steps[name] for name in path])
    run = nearest(beliefs, range(len(path)), closed=True, limit=limit)
    return run.cost, run.exact


@settings(deadline=None, max_examples=150)
@given(small(), st.lists(st.sampled_from(NAMES), max_size=4).map(tuple))
def test_no_run_is_nearer(block: Block, path: Word) -> None:
    language = language_of(block, rounds=5)
    found, exact = run_cost(block, path)
    assert exact
    assert found == cost(path, language)


@settings(deadline=None, max_examples=60)
@given(small(), st.lists(st.sampled_from(NAMES), max_size=4).map(tuple), st.integers(1, 30))
def test_a_small_budget_gives_a_run_that_is_not_nearer(block: Block, path: Word, limit: int) -> None:
    language = language_of(block, rounds=5)
    found, exact = run_cost(block, path, limit)
    assert found == cost(path, language) or not exact


@settings(deadline=None, max_examples=120)
@given(small(), st.data())
def test_what_is_planted_is_found(block: Block, data: st.DataObject) -> None:
    """A word of the model fits; with a step dropped, swapped, doubled or unknown it fits only where it is a
    word again, else there are deviations at the right events and the fitness falls."""
    language = language_of(block, rounds=3)
    word = data.draw(st.sampled_from(sorted(language_of(block, rounds=2))))
    kind = data.draw(st.sampled_from(("none", "dropped", "swapped", "doubled", "unknown")))
    at = data.draw(st.integers(0, max(0, len(word) - 1)))
    path = list(word)
    if kind == "unknown" or not word:
        path.insert(at, "nothing like it")
        kind = "unknown"
    elif kind == "dropped":
        del path[at]
    elif kind == "doubled":
        path.insert(at, path[at])
    elif kind == "swapped":
        path[at : at + 2] = reversed(path[at : at + 2])
    # the name of every activity is known even where this case lacks it
    assume(word)
    found = replayed(model(block), [path, word])
    deviations = [d for d in found.deviations() if d.case == "case 0"]
    fits = tuple(path) in language
    assert (found.fitting == 2) == fits == (not deviations) == (fitness(found.verdicts[0].tokens) == 1)
    assert found.verdicts[1].fits
    assert 0 <= fitness(found.verdicts[0].tokens) <= 1
    if kind == "unknown":
        assert [(d.position, d.kind, d.activity) for d in deviations] == [(at, "unknown", "nothing like it")]
    assert all(0 <= d.position <= len(path) for d in deviations)
    for deviation in deviations:
        if deviation.kind in ("unknown", "not_enabled", "out_of_order"):
            assert deviation.activity == path[deviation.position]


REVIEW: Block = ("seq", "receive", "check", ("and", "plan", "fire"), "decide", "deliver")


def kinds(found: Replay) -> list[tuple[int, str | None, str]]:
    return [(d.position, d.activity, d.kind) for d in found.deviations()]


@pytest.mark.parametrize(
    ("path", "expected", "tokens"),
    [
        # consumed, produced, missing, remaining, counted by hand as in token replay
        ("receive check fire plan decide deliver", [], (10, 10, 0, 0)),
        ("receive check plan decide deliver", [(3, "fire", "skipped")], (9, 9, 1, 1)),
        ("receive fire check plan decide deliver", [(1, "fire", "out_of_order")], (10, 10, 1, 1)),
        ("receive check plan plan fire decide deliver", [(3, "plan", "not_enabled")], (11, 11, 1, 1)),
        ("receive check plan fire decide", [(5, "deliver", "left_open")], (9, 9, 1, 1)),
        ("receive check", [(2, "plan", "left_open"), (2, "fire", "left_open")], (4, 5, 1, 2)),
        ("receive check x plan fire decide deliver", [(2, "x", "unknown")], (11, 11, 1, 1)),
        (
            "receive deliver",
            [(1, name, "skipped") for name in ("check", "plan", "fire", "decide")],
            (6, 6, 1, 1),
        ),
    ],
)
def test_what_is_said_of_a_case(path: str, expected: list[object], tokens: tuple[int, ...]) -> None:
    found = replayed(model(REVIEW), [path.split()])
    assert kinds(found) == expected
    assert tuple(found.tokens) == tokens
    consumed, produced, missing, remaining = tokens
    assert found.fitness == 0.5 * (1 - missing / consumed) + 0.5 * (1 - remaining / produced)


def test_an_open_case_may_stop_anywhere_but_not_go_astray() -> None:
    found = replayed(model(REVIEW), [["receive", "check", "fire"], ["receive", "decide"]], closed=False)
    assert found.verdicts[0].fits
    assert kinds(found)
    assert all(d.case == "case 1" for d in found.deviations())
