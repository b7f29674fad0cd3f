"""Every state through which the execution suite goes is moved to a version with other ids, and back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance import bpmn
from tests.conformance.test_bpmn import folder
from tests.core.process.migration.running import content
from xiaoneng.core.process import Model, State, Step, advance, compile_document, read_document
from xiaoneng.core.process.migration import VersionMap, migrate


def renamed(path: Path, model: Model) -> tuple[Model, dict[str, str]]:
    """The model of a file with other ids for all nodes and flows, and the map to it."""
    elements = {identity: f"new_{identity}" for identity in (*model.by_id, *model.flow_by_id)}
    either = "|".join(re.escape(identity) for identity in sorted(elements, key=len, reverse=True))
    text = re.sub(rf'(?<=[">])({either})(?=["<])', r"new_\1", path.read_text(encoding="utf-8"))
    return compile_document(bpmn.translate(read_document(text.encode()))), elements


def test_states_of_the_suite_move_there_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[Path] = []
    others: dict[int, tuple[Model, Model, dict[str, str]]] = {}
    seen: list[State] = []

    def read(path: Path) -> Any:
        paths.append(path)
        return read_document(path)

    def step(model: Model, state: State | None, command: Any, at: Any) -> Step:
        found = advance(model, state, command, at)
        if found.state.ended:
            return found
        if id(model) not in others:
            others[id(model)] = (model, *renamed(paths[-1], model))
        _, other, elements = others[id(model)]
        there = migrate(model, found.state, other, VersionMap(elements), at)
        assert there.state is not None, [str(p) for p in there.problems]
        assert (there.events, there.gone) == ((), ())
        back = VersionMap({new: old for old, new in elements.items()})
        again = migrate(other, there.state, model, back, at)
        assert again.state is not None, [str(p) for p in again.problems]
        assert content(again.state) == content(found.state)
        seen.append(again.state)
        return found._replace(state=again.state)

    monkeypatch.setattr(bpmn, "read_document", read)
    monkeypatch.setattr(bpmn, "advance", step)
    report = bpmn.run(folder("bpmn-execution"))
    assert [f["case"] for f in report["failures"]] == [o["case"] for o in report["out_of_scope"]]
    assert len(seen) > 400
