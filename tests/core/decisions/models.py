"""Small DMN models made of Python data."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def definitions(body: str, name: str = "m", namespace: str = "urn:m", version: str = DMN) -> bytes:
    """A model around the given elements."""
    opening = f'<definitions xmlns="{version}" name="{name}" namespace="{namespace}" id="d">'
    return f"{opening}{body}</definitions>".encode()


def literal(name: str, text: str, *, requires: Sequence[str] = (), type_ref: str = "") -> str:
    """A decision with a literal expression; ``requires`` are ids of inputs (i…) or decisions."""
    ref = f' typeRef="{type_ref}"' if type_ref else ""
    links = ""
    for number, required in enumerate(requires):
        kind = "Input" if required.startswith("in_") else "Decision"
        link = f'<required{kind} href="#{required}"/>'
        links += f'<informationRequirement id="{name}{number}">{link}</informationRequirement>'
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}"{ref}/>{links}'
        f"<literalExpression><text>{escape(text)}</text></literalExpression></decision>"
    )


def input_data(name: str, type_ref: str = "") -> str:
    ref = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<inputData id="in_{name}" name="{name}"><variable name="{name}"{ref}/></inputData>'


def table(
    inputs: Sequence[tuple[str, str]],
    rules: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    outputs: Sequence[tuple[str, str, str]] = (("out", "", ""),),
    default: str = "",
    allowed: dict[str, str] | None = None,
) -> str:
    """A decision table; inputs as (name, type), outputs as (name, type, allowed values)."""
    clauses = "".join(
        f'<input id="c{n}"><inputExpression id="e{n}" typeRef="{of}"><text>{name}</text></inputExpression>'
        + (
            f"<inputValues><text>{escape(allowed[name])}</text></inputValues>"
            if allowed and name in allowed
            else ""
        )
        + "</input>"
        for n, (name, of) in enumerate(inputs)
    ).replace(' typeRef=""', "")
    results = "".join(
        f'<output id="o{n}" name="{name}"'
        + (f' typeRef="{of}"' if of else "")
        + ">"
        + (f"<outputValues><text>{escape(values)}</text></outputValues>" if values else "")
        + (f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else "")
        + "</output>"
        for n, (name, of, values) in enumerate(outputs)
    )
    rows = "".join(
        f'<rule id="r{n}">'
        + "".join(f"<inputEntry><text>{escape(c)}</text></inputEntry>" for c in cells)
        + "".join(f"<outputEntry><text>{escape(r)}</text></outputEntry>" for r in results_)
        + "</rule>"
        for n, (cells, results_) in enumerate(rules, 1)
    )
    how = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{policy}"{how}>{clauses}{results}{rows}</decisionTable>'


def table_model(
    inputs: Sequence[tuple[str, str]], rules: Sequence[tuple[Sequence[str], Sequence[str]]], **kinds: object
) -> bytes:
    """A model with one decision ``D`` that is a table over input data of the same names."""
    links = "".join(
        f'<informationRequirement id="q{n}"><requiredInput href="#in_{name}"/></informationRequirement>'
        for n, (name, _) in enumerate(dict.fromkeys(inputs))
    )
    body = "".join(input_data(name, of) for name, of in dict.fromkeys(inputs))
    made = table(inputs, rules, **kinds)  # type: ignore[arg-type]
    return definitions(f'{body}<decision id="D" name="D"><variable name="D"/>{links}{made}</decision>')
