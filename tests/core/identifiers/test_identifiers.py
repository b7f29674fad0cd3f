"""All identifier vectors of the standards, and what the check characters guarantee."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoneng.core.identifiers import (
    CHECKS,
    MESSAGES,
    check_item,
    check_licence,
    check_region,
    check_resident,
    check_uscc,
    explain,
)
from xiaoneng.core.identifiers.licence import ALPHABET as LICENCE_ALPHABET
from xiaoneng.core.identifiers.licence import check_character as licence_check
from xiaoneng.core.identifiers.resident import check_character as resident_check
from xiaoneng.core.identifiers.uscc import ALPHABET as USCC_ALPHABET
from xiaoneng.core.identifiers.uscc import check_character as uscc_check
from xiaoneng.core.identifiers.uscc import org_check_character

USCC_VALID = [
    "91350100M000100Y43",
    "9144030071526726XG",
    "91440300708461136T",
    "91110108551385082Q",
    "11440300MB2C94128A",
    "11440300MB2D072246",
    "11430000006122244L",
    "11330105002500287C",
    "11440300MB2C6448XB",
    "11110000MB2C00013H",
    "91440300MA5EXAMP0C",
    "51310000MJ0000018D",
]
USCC_INVALID = [
    ("91350100M000100Y44", "check", 18, "3"),
    ("11440300MB2C93166R", "check", 18, "1"),
    ("11440300MB2C92051N", "check", 18, "K"),
    ("91310000MA1FL8XQ30", "check", 18, "7"),
    ("9135O100M000100Y43", "character", 5, None),
    ("91350100M000100Y4", "length", None, "18"),
]


@pytest.mark.parametrize("value", USCC_VALID)
def test_valid_credit_codes(value: str) -> None:
    found = check_uscc(value)
    assert found.valid, found.problems
    assert found.warnings == ()
    assert found.parts["region"] == value[2:8]


@pytest.mark.parametrize(("value", "code", "position", "expected"), USCC_INVALID)
def test_invalid_credit_codes(value: str, code: str, position: int | None, expected: str | None) -> None:
    found = check_uscc(value)
    assert not found.valid
    first = found.problems[0]
    assert (first.code, first.position) == (code, position)
    assert expected is None or first.expected == expected


@pytest.mark.parametrize(
    "value",
    ["91350100m000100y43", " 9135 0100-M000100Y43 ", "９１３５０１００M000100Y43", "91350100M000100Y43\n"],
)
def test_credit_codes_are_normalised_first(value: str) -> None:
    found = check_uscc(value)
    assert found.valid
    assert found.normalised == "91350100M000100Y43"
    assert [warning.code for warning in found.warnings] == ["normalised"]
    assert found.value == value


def test_a_wrong_organisation_code_inside_is_only_a_warning() -> None:
    first = "91350100M000100Y5"
    found = check_uscc(first + uscc_check(first))
    assert found.valid
    assert [(w.code, w.expected) for w in found.warnings] == [("org_code_check", "4")]
    assert org_check_character("71526726") == "X"


USCC_BODIES = st.text(USCC_ALPHABET, min_size=17, max_size=17)


@given(USCC_BODIES, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_the_credit_code_detects_every_single_substitution(first: str, place: int, other: str) -> None:
    whole = first + uscc_check(first)
    changed = whole[:place] + other + whole[place + 1 :]
    assert (uscc_check(changed[:17]) == changed[17]) == (changed == whole)


@given(USCC_BODIES, st.integers(0, 16))
def test_the_credit_code_detects_every_adjacent_transposition(first: str, place: int) -> None:
    whole = first + uscc_check(first)
    changed = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    assert (uscc_check(changed[:17]) == changed[17]) == (changed == whole)


RESIDENT_VALID = [
    "11010519491231002X",
    "440524188001010014",
    "34052419800101001X",
    "110101199003078478",
    "110101199003070011",
    "110101200002290018",
    "440305198511150120",
    "37011219791231777X",
    "810000199001010019",
    "830000199001010020",
    "990000199001010017",
]


@pytest.mark.parametrize("value", RESIDENT_VALID)
def test_valid_id_numbers(value: str) -> None:
    found = check_resident(value)
    assert found.valid, found.problems
    assert [w.code for w in found.warnings] == (["foreign_card"] if value[0] == "9" else [])


@pytest.mark.parametrize(
    ("value", "code", "position", "expected"),
    [
        ("110105194912310021", "check", 18, "X"),
        ("110101200002290012", "check", 18, "8"),
        ("110101190002290018", "birth_date", 7, "yyyyMMdd"),
        ("110105491231002", "old_number", None, "11010519491231002X"),
        ("1101051949123100", "length", None, "18"),
        ("11010519491231X02X", "character", 15, "0-9"),
        ("000105194912310023", "region", 1, "province, city, county"),
    ],
)
def test_invalid_id_numbers(value: str, code: str, position: int | None, expected: str) -> None:
    found = check_resident(value)
    assert not found.valid
    assert (found.problems[0].code, found.problems[0].position, found.problems[0].expected) == (
        code,
        position,
        expected,
    )


@given(st.integers(0, 999))
def test_nobody_was_born_on_29_february_1900(sequence: int) -> None:
    body = f"11010519000229{sequence:03d}"
    assert "birth_date" in [p.code for p in check_resident(body + resident_check(body)).problems]


def test_what_an_id_number_says() -> None:
    found = check_resident("11010519491231002x")
    assert found.valid
    assert found.normalised.endswith("X")
    assert found.parts["birth"] == "1949-12-31"
    assert found.parts["sex"] == "female"
    assert check_resident("810000199001010019").parts["holder"] == "residence_permit_hk"


def test_births_in_the_future_need_a_today() -> None:
    body = "11010120300101001"
    value = body + resident_check(body)
    assert check_resident(value).valid
    found = check_resident(value, today=date(2026, 3, 2))
    assert [p.code for p in found.problems] == ["birth_in_future"]


ID_BODIES = st.text("0123456789", min_size=17, max_size=17)


@given(ID_BODIES, st.integers(0, 16), st.sampled_from("0123456789"))
def test_the_id_number_detects_every_single_substitution(first: str, place: int, other: str) -> None:
    changed = first[:place] + other + first[place + 1 :]
    assert (resident_check(changed) == resident_check(first)) == (changed == first)


@given(ID_BODIES, st.integers(0, 15))
def test_the_id_number_detects_every_adjacent_transposition(first: str, place: int) -> None:
    changed = first[:place] + first[place + 1] + first[place] + first[place + 2 :]
    assert (resident_check(changed) == resident_check(first)) == (changed == first)


ROOT = "1.2.156.3005."
LICENCES = [
    ("2.11100000000013338W011.11430000006122244L.20230000403.001.U", None),
    ("2.11100000000013338W009.11330105002500287C.2025052201.002.0", None),
    ("2.11100000MB03271699022.340100.000000016.001.9", None),
    ("2.062301.1101101102.0624_001.001.U", None),
    ("2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M", "D"),
]


@pytest.mark.parametrize(("tail", "expected"), LICENCES)
def test_licence_identifiers(tail: str, expected: str | None) -> None:
    found = check_licence(ROOT + tail)
    assert found.valid == (expected is None)
    if expected:
        assert [(p.code, p.expected, p.position) for p in found.problems] == [
            ("check", expected, len(ROOT + tail))
        ]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1.2.156.3006.2.A.B.C.001.0", "root"),
        ("1.2.156.3005.2.A.B.C.001", "fields"),
        ("1.2.156.3005.2.A..C.001.0", "field"),
        ("1.2.156.3005.2.A.B.C.01.0", "field"),
        ("1.2.156.3005.2.A.B.C.001.00", "field"),
        ("1.2.156.3005.2.A.B.C!.001.0", "character"),
        ("X" * 300, "length"),
        ("", "fields"),
    ],
)
def test_malformed_licence_identifiers(value: str, code: str) -> None:
    found = check_licence(value)
    assert code in [p.code for p in found.problems]


def test_a_missing_root_is_added() -> None:
    found = check_licence(LICENCES[0][0][2:])
    assert found.valid
    assert found.normalised == ROOT + LICENCES[0][0]
    assert [w.code for w in found.warnings] == ["root_added"]


@given(
    st.text(LICENCE_ALPHABET, min_size=1, max_size=60),
    st.integers(0, 59),
    st.sampled_from(LICENCE_ALPHABET),
)
def test_mod_37_36_detects_every_single_substitution(payload: str, place: int, other: str) -> None:
    place %= len(payload)
    changed = payload[:place] + other + payload[place + 1 :]
    assert (licence_check(changed) == licence_check(payload)) == (changed == payload)


def test_item_codes_of_the_standards() -> None:
    found = check_item("11440300MB2C94128A3440217281000")
    assert found.valid
    assert (found.parts["level_name"], found.parts["province"], found.parts["type_name"]) == (
        "市级",
        "44",
        "行政处罚",
    )
    assert (found.parts["main_item"], found.parts["sub_item"]) == ("17281", "000")
    other = check_item("11440300MB2D0722464440127028001")
    assert other.valid
    assert (other.parts["level"], other.parts["type_name"], other.parts["sub_item"]) == (
        "4",
        "行政许可",
        "001",
    )
    assert check_item("440217281000").parts["form"] == "basic"
    assert check_item("000117281000").valid
    business = check_item("11440300MB2C94128A344021728100001")
    assert (business.valid, business.parts["sequence"]) == (True, "01")


@pytest.mark.parametrize(
    ("value", "code", "position"),
    [
        ("11440300MB2C94128B3440217281000", "check", 18),
        ("11440300MB2C94128A0440217281000", "level", 19),
        ("11440300MB2C94128A3441317281000", "item_type", 22),
        ("440017281000", "item_type", 3),
        ("44021728100A", "character", 12),
        ("4402172810", "length", None),
        ("11440300MB2C94128A3440217281000A1", "character", 32),
    ],
)
def test_wrong_item_codes(value: str, code: str, position: int | None) -> None:
    found = check_item(value)
    assert (found.problems[0].code, found.problems[0].position) == (code, position)


def test_local_values_are_warnings() -> None:
    assert [w.code for w in check_item("442117281000").warnings] == ["local_item_type"]
    assert [w.code for w in check_item("11440300MB2C94128A7440217281000").warnings] == ["local_level"]
    assert [w.code for w in check_item("990117281000").warnings] == ["province"]


def test_regions() -> None:
    assert check_region("440305").parts["county"] == "440305"
    assert check_region("110000000000").parts == {"province": "11", "level": "province", "short": "110000"}
    assert check_region("441900003000").parts["town"] == "441900003"
    assert not check_region("440005").valid
    assert not check_region("441900000001").valid
    assert not check_region("44030").valid
    assert not check_region("4403O5").valid
    assert [w.code for w in check_region("990000").warnings] == ["province"]


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=40))
def test_any_text_gets_an_answer(kind: str, text: str) -> None:
    found = CHECKS[kind](text)
    assert found.kind == kind
    assert found.valid == (not found.problems)
    for problem in (*found.problems, *found.warnings):
        assert problem.code in MESSAGES
        assert explain(problem)
