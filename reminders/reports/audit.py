"""What staff did and saw: their entries in the histories of cases and the audit log, as one list. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import AuditEvent, Role, User
from accounts.services.persons import records_of
from defaults.models import CaseEvent, DefaultCase

PAGE = 50
STAFF = "staff:"
# Of two entries of one instant the audit log's comes first.
_RANKS = {AuditEvent: 0, CaseEvent: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for; empty or None: everything. `since` and `until` (exclusive) are instants."""

    who: str = ""
    kind: str = ""
    merchant_id: int | None = None
    case_id: int | None = None
    customer_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order, the newest first: `2026-11-22T03:00:00+00:00,1,77`."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()},{self.rank},{self.pk}"


def read_place(text: str) -> Place | None:
    """None for anything that is no place."""
    at, _, rest = text.partition(",")
    rank, _, pk = rest.partition(",")
    if not (rank in ("0", "1") and pk.isascii() and pk.isdecimal() and len(pk) <= 18):
        return None
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Place(instant, int(rank), int(pk)) if instant.tzinfo else None


def page(viewer: User, filters: Filters, *, after: Place | None) -> tuple[list[CaseEvent | AuditEvent], str]:
    """Up to PAGE entries this person may see, the newest first, and the place behind the last; empty: there is no more.

    An agent sees their own acts, everybody else those at their merchants; what concerns no single merchant, an admin.
    """
    merchant_ids = list(viewer.visible_merchants().values_list("pk", flat=True))
    if filters.merchant_id is not None:
        merchant_ids = [one for one in merchant_ids if one == filters.merchant_id]
    records = records_of(filters.customer_id) if filters.customer_id is not None else None
    wanted = (
        _noted(viewer, filters, merchant_ids, records),
        _done(filters, merchant_ids, records),
    )
    found: list[CaseEvent | AuditEvent] = []
    for rows in wanted:
        rows = _common(rows, viewer, filters)
        rows = rows.filter(_behind(rows.model, after)) if after else rows
        found += rows.order_by("-at", "-pk")[: PAGE + 1]
    found.sort(key=lambda row: (row.at, -_RANKS[type(row)], row.pk), reverse=True)
    more, found = len(found) > PAGE, found[:PAGE]
    last = found[-1] if found else None
    return found, str(Place(last.at, _RANKS[type(last)], last.pk)) if more and last else ""


def _done(filters: Filters, merchant_ids: Sequence[int], records: list[int] | None) -> QuerySet[CaseEvent]:
    rows = CaseEvent.objects.filter(actor__startswith=STAFF, case__merchant__in=merchant_ids)
    rows = rows.select_related("case__customer", "case__merchant")
    if filters.case_id is not None:
        rows = rows.filter(case=filters.case_id)
    return rows if records is None else rows.filter(case__customer__in=records)


def _noted(
    viewer: User, filters: Filters, merchant_ids: Sequence[int], records: list[int] | None
) -> QuerySet[AuditEvent]:
    """An entry about a customer belongs to each of their cases."""
    seen = Q(merchant__in=merchant_ids)
    if filters.merchant_id is None:
        seen |= Q(merchant=None) if viewer.role == Role.ADMIN else Q(merchant=None, actor=_actor(viewer))
    rows = AuditEvent.objects.filter(seen).select_related("customer", "merchant")
    if filters.case_id is not None:
        case = DefaultCase.objects.filter(pk=filters.case_id, merchant__in=merchant_ids)
        rows = rows.filter(customer__in=case.values("customer_id"))
    return rows if records is None else rows.filter(customer__in=records)


def _common(rows: QuerySet, viewer: User, filters: Filters) -> QuerySet:
    if viewer.role == Role.AGENT:
        rows = rows.filter(actor=_actor(viewer))
    if filters.who:
        rows = rows.filter(actor=f"{STAFF}{filters.who}")
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.since:
        rows = rows.filter(at__gte=filters.since)
    return rows.filter(at__lt=filters.until) if filters.until else rows


def _behind(model: type, place: Place) -> Q:
    rank = _RANKS[model]
    if rank == place.rank:
        return Q(at__lte=place.at) & (Q(at__lt=place.at) | Q(pk__lt=place.pk))
    return Q(at__lte=place.at) if rank > place.rank else Q(at__lt=place.at)


def _actor(viewer: User) -> str:
    return f"{STAFF}{viewer.get_username()}"
