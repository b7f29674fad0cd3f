"""The demo province's processes, written by the reform office and put in force by the head of the body."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.utils.timezone import make_aware

from xiaoneng.apps.accounts.contracts import Person
from xiaoneng.apps.audit.contracts import SYSTEM
from xiaoneng.apps.processes.services import processes as services

DATA: Final = Path(__file__).parent / "data" / "processes"


@dataclass(frozen=True, slots=True)
class Version:
    """A file, the day from which it is in force, and what was changed."""

    file: str
    valid_from: date
    note: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A process with its versions."""

    key: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    versions: tuple[Version, ...]


RECIPES: Final = (
    Recipe(
        "old-age-allowance",
        "高龄津贴（免申即享）",
        "Old-age allowance (paid without application)",
        "规则能够判断的当场发放；不能判断的由经办人核实。",
        "What the rules can decide is paid at once; the rest is verified by a person.",
        (Version("old-age-allowance.1", date(2024, 1, 1), "首次上线"),),
    ),
    Recipe(
        "ordinary-licence",
        "一般行政许可",
        "Ordinary licence",
        "含一次性告知补正、五日不告知视为受理、特别程序（不计入时限）、退回补充审查、申请人撤回。",
        "With correction notice, deemed acceptance after five days, special procedures outside the limit, "
        "return for further examination, and withdrawal.",
        (
            Version("ordinary-licence.1", date(2023, 1, 1), "首次上线"),
            Version(
                "ordinary-licence.2", date(2024, 10, 1), "取消复核、会签、核稿、主要领导审签和用印六个环节"
            ),
        ),
    ),
    Recipe(
        "joint-review",
        "五部门联合审批",
        "Joint review by five bodies",
        "一窗受理，按情形分送各部门并联审查，意见汇齐后一并决定、一次送达。",
        "One receipt, examination side by side by situation, one decision, one delivery.",
        (Version("joint-review.1", date(2024, 6, 1), "由串联改为并联"),),
    ),
    Recipe(
        "project-approval",
        "工程建设项目全流程审批",
        "Approval of a construction project",
        "立项用地规划、工程建设、施工、竣工验收四个阶段，阶段内并联办理。",
        "Four stages; within a stage the steps run side by side.",
        (Version("project-approval.1", date(2024, 6, 1), "分四个阶段并联办理"),),
    ),
)


def load_processes(*, author: Person, publisher: Person, body: int) -> None:
    """Bring the processes with their history into a platform without processes, in the caller's
    transaction."""
    for recipe in RECIPES:
        version: Any = None
        for planned in recipe.versions:
            bpmn = (DATA / f"{planned.file}.bpmn").read_bytes()
            written = _morning(planned.valid_from) - timedelta(days=14)
            common: dict[str, Any] = {"user": author, "actor": SYSTEM, "at": written}
            if version is None:
                version = services.process_create(
                    key=recipe.key,
                    name_zh=recipe.name_zh,
                    name_en=recipe.name_en,
                    about_zh=recipe.about_zh,
                    about_en=recipe.about_en,
                    bpmn=bpmn,
                    body=body,
                    **common,
                )
            else:
                version = services.draft_open(process=version.process, base=version, **common)
                version = services.draft_import(
                    process=version.process, revision=version.revision, bpmn=bpmn, **common
                )
            version = services.version_publish(
                process=version.process,
                revision=version.revision,
                valid_from=planned.valid_from,
                valid_to=None,
                note=planned.note,
                user=publisher,
                actor=SYSTEM,
                at=written + timedelta(days=1),
            )


def _morning(day: date) -> datetime:
    return make_aware(datetime(day.year, day.month, day.day, 9))  # noqa: DTZ001  # made aware just here
