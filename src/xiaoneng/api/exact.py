"""JSON with exact decimals, both ways: 0.10 stays 0.10."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser

from xiaoneng.core.decisions import dump_json


class ExactParser(Parser):
    """Reads numbers as decimals; refuses what is no JSON (NaN, Infinity)."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body; what cannot be read is answered with 400."""
        return json.loads(request.body, parse_float=Decimal, parse_constant=_refuse)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def exact(data: Any) -> HttpResponse:
    """An answer whose decimals are JSON numbers with all their digits."""
    return HttpResponse(dump_json(data), content_type="application/json; charset=utf-8")
