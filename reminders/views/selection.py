"""Which cases an act on many is about: those picked in the list, the whole list at its address, or those a run did not
reach.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from accounts.models import Merchant
from defaults.models import DefaultCase
from defaults.models.case import id_of
from defaults.reports.queue_order import order_of, ordered
from defaults.views.queue import cases_of
from defaults.views.queue_address import Asked

from ..models import Run
from ..reports.runs import unreached, visible_runs
from ..services.jobs import AT_ONCE

_LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class Selection:
    """`fields`: what a form sends along to mean the same cases; `chosen`: what is kept of it with the job."""

    cases: QuerySet[DefaultCase]
    fields: list[tuple[str, str]]
    chosen: dict[str, Any]
    total: int
    merchants: list[Merchant]

    @property
    def is_at_once(self) -> bool:
        return self.total <= AT_ONCE


def selected(request: HttpRequest, given: QueryDict, *, now: datetime) -> Selection:
    """Of the cases the viewer may see, those that `given` names: `all` and an address, a `run`, or `number`s."""
    merchants = list(request.user.visible_merchants())
    if given.get("all"):
        asked = Asked.read(given).at_start()
        cases = ordered(cases_of(request, asked, merchants, now=now), order_of(asked.order, now=now))
        fields, chosen = [("all", "1"), *asked.fields().items()], {"filter": asked.fields()}
    elif run := _run(request, given.get("run", "")):
        cases = unreached(run).filter(merchant__in=merchants).order_by("oldest_due_on", "pk")
        fields, chosen = [("run", str(run.pk))], {"run": run.pk}
    else:
        numbers = given.getlist("number")[:AT_ONCE]
        ids = [case_id for case_id in map(id_of, numbers) if case_id]
        cases = DefaultCase.objects.filter(merchant__in=merchants, pk__in=ids).order_by("oldest_due_on", "pk")
        fields, chosen = [("number", number) for number in numbers], {"numbers": len(ids)}
    return Selection(cases, fields, chosen, cases.order_by().count(), merchants)


def _run(request: HttpRequest, text: str) -> Run | None:
    is_id = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
    return visible_runs(request.user).filter(pk=int(text)).first() if is_id else None
