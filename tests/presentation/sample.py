"""An analysis of a made-up office, in the shape of ``docs/reference/analysis.md``: every section filled,
seeded."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any

DAY = 86400.0
STEPS = (
    "收件",
    "材料审查",
    "补正告知",
    "现场核查",
    "专家评审",
    "科室负责人审核",
    "分管领导审批",
    "制证",
    "送达办结",
)
PEOPLE = ("王芳", "李强", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄丽", "周杰", "吴倩")
BODIES = ("云岭市行政审批局", "云岭市住房和城乡建设局", "云岭市市场监督管理局综合窗口", "云岭市生态环境局")


def _case(rng: random.Random, start: datetime) -> list[tuple[str, datetime, str, str]]:
    path = ["收件", "材料审查"]
    while rng.random() < 0.28:
        path += ["补正告知", "材料审查"]
    if rng.random() < 0.55:
        path.append("现场核查")
    if rng.random() < 0.2:
        path.append("专家评审")
    path += ["科室负责人审核", "分管领导审批"]
    if rng.random() < 0.9:
        path += ["制证", "送达办结"]
    moment, events = start, []
    body = rng.choice(BODIES)
    for step in path:
        events.append((step, moment, rng.choice(PEOPLE), body))
        moment += timedelta(days=rng.lognormvariate(0.2, 1.0))
    return events


def log(cases: int = 300, seed: int = 7) -> dict[str, list[tuple[str, datetime, str, str]]]:
    """Case id → events (activity, time, person, body)."""
    rng = random.Random(seed)
    begin = datetime(2024, 1, 2, 9)
    return {f"YL-2024-{i:05d}": _case(rng, begin + timedelta(days=i * 1.2)) for i in range(cases)}


def _quantile(values: list[float], share: float) -> float:
    values = sorted(values)
    at = share * (len(values) - 1)
    low = int(at)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (at - low)


def analysis(cases: int = 300, seed: int = 7) -> dict[str, Any]:
    """The whole dictionary."""
    data = log(cases, seed)
    ids = list(data)
    events = sum(len(e) for e in data.values())
    flows: dict[tuple[str, str], list[float]] = {}
    persons: Counter[tuple[str, str]] = Counter()
    for case in data.values():
        for a, b in pairwise(case):
            flows.setdefault((a[0], b[0]), []).append((b[1] - a[1]).total_seconds())
            if a[2] != b[2]:
                persons[(a[2], b[2])] += 1
    durations = [(case[-1][1] - case[0][1]).total_seconds() / DAY for case in data.values()]
    variants = Counter(tuple(e[0] for e in case) for case in data.values())
    edges = [
        {
            "from": a,
            "to": b,
            "count": len(gaps),
            "mean_seconds": mean(gaps),
            "median_seconds": median(gaps),
            "mean_work_seconds": mean(gaps) * 0.22,
        }
        for (a, b), gaps in sorted(flows.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    counts = Counter(e[0] for case in data.values() for e in case)
    in_cases = Counter(name for case in data.values() for name in {e[0] for e in case})
    starts = Counter(case[0][0] for case in data.values())
    ends = Counter(case[-1][0] for case in data.values())
    first = min(case[0][1] for case in data.values())
    last = max(case[-1][1] for case in data.values())
    late = [i for i, d in enumerate(durations) if d > 20]
    open_cases = [i for i, case in enumerate(data.values()) if case[-1][0] != "送达办结"]
    months = sorted({(case[0][1].year, case[0][1].month) for case in data.values()})
    throughput = {"median": median(durations), "mean": mean(durations), "p90": _quantile(durations, 0.9)}
    working = [round(d * 5 / 7) for d in durations]
    return {
        "log": {
            "cases": cases,
            "events": events,
            "activities": len(STEPS),
            "resources": len(PEOPLE),
            "bodies": len(BODIES),
            "first": first.isoformat(),
            "last": last.isoformat(),
            "name": "sample.csv",
            "format": "csv",
            "sha256": "0" * 64,
            "tz": "Asia/Shanghai",
            "mapping": {
                "case": "办件编号",
                "activity": "环节",
                "time": "时间",
                "resource": "经办人",
                "body": "部门",
            },
            "calendar": "cn 09:00-12:00,13:30-17:30",
            "as_of": last.isoformat(),
        },
        "variants": len(variants),
        "variant_list": [
            {
                "id": i,
                "cases": n,
                "share": n / cases,
                "path": list(path),
                "median_days": 5.0 + i,
                "p90_days": 20.0 + i,
                "example": ids[0],
            }
            for i, (path, n) in enumerate(variants.most_common(10))
        ],
        "dfg": {
            "edges": len(edges),
            "top": edges[:10],
            "all": edges,
            "activities": [
                {"name": s, "events": counts[s], "cases": in_cases[s], "starts": starts[s], "ends": ends[s]}
                for s in STEPS
            ],
        },
        "throughput_days": {
            **throughput,
            "censored": {
                "open": len(open_cases),
                "km_median_days": throughput["median"] * 1.1,
                "km_curve": [
                    {"day": d, "share": sum(x > d for x in durations) / cases} for d in range(0, 60, 2)
                ],
            },
        },
        "throughput_working_days": {
            "median": median(working),
            "mean": mean(working),
            "p90": _quantile([float(w) for w in working], 0.9),
        },
        "rework": [{"activity": "材料审查", "cases": 84}, {"activity": "补正告知", "cases": 21}],
        "rework_summary": {
            "cases_with_any_repeat": 84,
            "extra_events": 130,
            "share_of_events": 0.06,
            "work_seconds": 9e5,
        },
        "loops": [{"path": ["材料审查", "补正告知", "材料审查"], "cases": 84}],
        "handovers": [
            {"from": a, "to": b, "count": n}
            for (a, b), n in sorted(persons.items(), key=lambda i: (-i[1], i[0]))
        ],
        "body_handovers": [
            {"from": BODIES[0], "to": BODIES[1], "count": 12},
            {"from": BODIES[1], "to": BODIES[0], "count": 9},
        ],
        "ping_pong": [{"a": PEOPLE[0], "b": PEOPLE[3], "cases": 5}],
        "overdue": {
            "cases": len(late),
            "finished": len(late) - 3,
            "open": 3,
            "by": [
                {
                    "basis": "deadline",
                    "cases": len(late),
                    "finished": len(late) - 3,
                    "open": 3,
                    "with_basis": cases,
                }
            ],
            "list": [
                {
                    "case": ids[i],
                    "due": "2024-03-01T00:00:00",
                    "end": "2024-03-09T10:00:00",
                    "days_late": durations[i] - 20,
                    "body": BODIES[i % 4],
                    "activity": "分管领导审批",
                }
                for i in sorted(late, key=lambda i: -durations[i])[:30]
            ],
            "rate": {"value": len(late) / cases, "interval": [0.2, 0.31], "n": cases},
        },
        "quality": [
            {
                "code": "missing_resource",
                "count": 14,
                "effect": "14 件事件没有经办人,不计入移交",
                "params": {},
                "examples": [ids[0]],
            }
        ],
        "findings": [
            {
                "kind": "waiting",
                "title": f"第 {i + 1} 条：分管领导审批前的等待占全部时间的三成",
                "size": 1200.5 / (i + 1),
                "unit": "hours_a_year",
                "interval": [900.0 / (i + 1), 1500.0 / (i + 1)],
                "cases": ids[:50],
                "params": {"cases_total": 211},
                "evidence": {"median_wait_seconds": 86400 * 3.2, "share": 0.31, "events": 812},
                "hours_a_year": 1200.5 / (i + 1),
                "query": "SELECT count(*) FROM events WHERE activity < 3 AND gap_s > 86400",
                "advice": "授权科室负责人在标准情形下直接审批。",
            }
            for i in range(6)
        ],
        "histogram": {
            "throughput": [
                {"from_days": d, "to_days": d + 4, "cases": sum(d <= x < d + 4 for x in durations)}
                for d in range(0, 60, 4)
            ]
        },
        "series": {
            "unit": "month",
            "points": [
                {
                    "period": f"{y}-{m:02d}-01",
                    "arrived": 24 + m,
                    "completed": 20 + (m * 7) % 11,
                    "open": 30 + m * 2,
                    "median_days": None if m == 2 else 10 + m / 2,
                }
                for y, m in months
            ],
        },
        "dotted": {
            "cases": ids[:200],
            "points": [
                [i, (e[1] - first).total_seconds(), STEPS.index(e[0])]
                for i, c in enumerate(ids[:200])
                for e in data[c]
            ],
            "activities": list(STEPS),
        },
        "time_split": [
            {"activity": s, "events": counts[s], "waiting_seconds": 9e5 / (i + 1), "working_seconds": 2e5}
            for i, s in enumerate(STEPS)
        ],
        "waiting_causes": {
            "by_activity": [],
            "total": {"measurable": False, "reason": "no_end_time"},
            "measurable": False,
            "reason": "no_end_time",
        },
        "owners": [
            {"owner": "own", "seconds": 4e6, "work_seconds": 9e5, "share": 0.6},
            {"owner": "applicant", "seconds": 2e6, "work_seconds": 5e5, "share": 0.4},
        ],
        "rubber_stamps": [
            {
                "activity": "科室负责人审核",
                "cases": 300,
                "changed": 0,
                "share_changed": 0.0,
                "median_wait_seconds": 90000,
                "interval": [0.0, 0.012],
            }
        ],
        "divergence": [
            {
                "item": "建筑工程施工许可",
                "ratio": 2.4,
                "bodies": [
                    {
                        "body": b,
                        "cases": 80,
                        "median_days": 6 + 3 * i,
                        "interval": [5 + 3 * i, 7 + 3.5 * i],
                        "path_share": 0.4,
                    }
                    for i, b in enumerate(BODIES)
                ],
            }
        ],
        "bodies": [
            {
                "body": b,
                "cases": 80,
                "median_days": 6 + 3 * i,
                "mean_days": 8 + 3 * i,
                "interval": [5 + 3 * i, 7 + 3.5 * i],
                "overdue_rate": 0.05 * i,
                "overdue_interval": [0.02 * i, 0.05 * i + 0.04],
                "expected_days": 9.0,
            }
            for i, b in enumerate(BODIES)
        ],
        "submissions_again": [{"activity": "收件", "cases": 4, "events": 9}],
        "ages": [
            {"bucket": "0-10", "cases": 4},
            {"bucket": "10-20", "cases": 9},
            {"bucket": ">60", "cases": 2},
        ],
        "oldest": [
            {"case": ids[i], "days": 90.5 - i, "last_activity": "专家评审", "body": BODIES[0]}
            for i in open_cases[:10]
        ],
    }
