"""The staff's queue: named views of cases and their capped counts. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from ..case_states import CaseState
from ..models import DefaultCase
from .queue_holds import among, disputed_ids, held, not_held, snoozed_ids

COUNT_LIMIT = 1_000
VIEWS = ("open", "mine", "unassigned", "due", "soon", "staff", "disputed", "promised", "snoozed")
# Looked up, not worked off: without a number and a key.
OTHERS = ("held", "closed")
SOON = timedelta(hours=24)
_THEN = datetime(2000, 1, 1, tzinfo=UTC)


def view_of(
    name: str, merchant_ids: Iterable[int], *, user_id: int, now: datetime, with_snoozed: bool = False
) -> QuerySet[DefaultCase]:
    """The cases of one of VIEWS or OTHERS at these merchants, for this person. What is snoozed has a view of its own."""
    cases = DefaultCase.objects.filter(merchant_id__in=list(merchant_ids))
    if name == "closed":
        return cases.filter(state=CaseState.CLOSED)
    live = cases.exclude(state=CaseState.CLOSED)
    if name == "snoozed":
        return among(live, snoozed_ids(now))
    if not with_snoozed:
        live = live.exclude(pk__in=snoozed_ids(now))
    match name:
        case "mine":
            return live.filter(assignee=user_id)
        case "unassigned":
            return live.filter(assignee__isnull=True)
        case "due":
            return live.filter(next_review_at__lte=now)
        case "soon":
            return live.filter(next_review_at__gt=now, next_review_at__lte=now + SOON)
        case "staff":
            return live.filter(needs_staff=True)
        case "disputed":
            return among(live, disputed_ids(now))
        case "held":
            return held(live, now=now)
        case "promised":
            return live.filter(state__in=[CaseState.PROMISED, CaseState.IN_PLAN])
    return live


def workable(name: str, merchant_ids: Iterable[int], *, user_id: int, now: datetime) -> QuerySet[DefaultCase]:
    """The cases of a view from which the next one may be taken; of general views without those that rest anyway."""
    if name in ("staff", "disputed", "promised", "held"):
        return view_of(name, merchant_ids, user_id=user_id, now=now)
    view = name if name in ("due", "soon") else "open"
    cases = view_of(view, merchant_ids, user_id=user_id, now=now).filter(state=CaseState.OPEN)
    return not_held(cases, now=now)


def counts(
    merchant_ids: Sequence[int],
    *,
    user_id: int,
    now: datetime,
    saved: Mapping[str, QuerySet[DefaultCase]] | None = None,
) -> dict[str, int]:
    """How many cases each view has, and each of `saved`, in one query; nobody counts further than COUNT_LIMIT + 1."""
    parts, params = _counting(tuple(merchant_ids), user_id)
    params = [given + (now - _THEN) if isinstance(given, datetime) else given for given in params]
    for cases in (saved or {}).values():
        part, given = _counted(cases)
        parts, params = (*parts, part), [*params, *given]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip((*VIEWS, *(saved or {})), cursor.fetchone(), strict=True))


@lru_cache(maxsize=1_000)
def _counting(merchant_ids: tuple[int, ...], user_id: int) -> tuple[tuple[str, ...], tuple]:
    """The counts of VIEWS as SQL, with their parameters as of _THEN: only the instant changes, and writing them costs
    more than counting.
    """
    counted = [_counted(view_of(name, merchant_ids, user_id=user_id, now=_THEN)) for name in VIEWS]
    return tuple(sql for sql, _ in counted), tuple(one for _, params in counted for one in params)


def _counted(cases: QuerySet[DefaultCase]) -> tuple[str, tuple]:
    try:
        sql, params = cases.order_by().values("pk")[: COUNT_LIMIT + 1].query.sql_with_params()
    except EmptyResultSet:
        sql, params = "SELECT WHERE false", ()
    return f"(SELECT count(*) FROM ({sql}) AS cases)", params
