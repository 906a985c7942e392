"""Loading what `assess` is computed from: the same few queries for one case and for five hundred."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from common.calendar import local_date, zone_of

from ..agreements import is_kept
from ..assessment import CaseFacts, ItemFacts
from ..case_states import LIVE
from ..delinquency import DefaultTerms, default_terms, unknown_zone
from ..models import CollectionTerms, DefaultCase, PromiseToPay

_PAYMENTS = """
SELECT payment_id FROM defaults_caseitem WHERE case_id = ANY(%s) AND released_at IS NULL ORDER BY payment_id
"""
_LOCKED = "SELECT id FROM accounts_payment WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_FREE_CASES = """
SELECT id FROM defaults_defaultcase WHERE id = ANY(%s) AND state <> 'closed' FOR NO KEY UPDATE SKIP LOCKED
"""
_BUSY = """
WITH items AS MATERIALIZED (
     SELECT case_id, payment_id FROM defaults_caseitem WHERE case_id = ANY(%s) AND released_at IS NULL
), free AS MATERIALIZED (
     SELECT id FROM accounts_payment WHERE id IN (SELECT payment_id FROM items) FOR NO KEY UPDATE SKIP LOCKED
)
SELECT DISTINCT case_id FROM items WHERE payment_id NOT IN (SELECT id FROM free)
"""
_ITEMS = """
SELECT i.case_id, i.added_at, p.id, p.due_on, p.outstanding_minor,
       least(p.paid_minor - p.reversed_minor - p.refunded_minor - p.returned_minor, asked.minor),
       greatest(asked.minor - p.paid_minor + p.reversed_minor + p.returned_minor, 0) - p.outstanding_minor,
       p.conceded_account, coalesce(d.is_disputed, false), coalesce(d.is_upheld, false)
  FROM defaults_caseitem i
  JOIN accounts_payment p ON p.id = i.payment_id
  CROSS JOIN LATERAL (SELECT CASE WHEN p.is_void THEN 0 ELSE p.amount_minor - p.credited_minor END AS minor) sale
  CROSS JOIN LATERAL (SELECT least(p.fees_minor, greatest(sale.minor, 0)) AS minor) fees
  CROSS JOIN LATERAL (
       SELECT sale.minor + fees.minor - least(p.waived_minor, greatest(sale.minor + fees.minor, 0)) AS minor
       ) asked
  LEFT JOIN LATERAL (
       SELECT bool_or(d.state = 'raised') AS is_disputed, bool_or(d.state = 'upheld') AS is_upheld
         FROM defaults_dispute_payments dp JOIN defaults_dispute d ON d.id = dp.dispute_id
        WHERE dp.payment_id = p.id AND (d.state = 'upheld' OR d.case_id = i.case_id)
       ) d ON true
 WHERE i.case_id = ANY(%s) AND i.released_at IS NULL
 ORDER BY i.case_id, p.id
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A locked case with its facts. `promise`: the live one; `open_minor`: owed by its items, disputed or not."""

    case: DefaultCase
    facts: CaseFacts
    as_of: date
    promise: PromiseToPay | None
    is_promise_kept: bool
    open_minor: int


@dataclass(frozen=True, slots=True)
class _Item:
    added_at: datetime
    facts: ItemFacts


def load_terms(merchant_ids: Iterable[int]) -> dict[tuple[int, str], DefaultTerms]:
    """The terms these merchants have set, by merchant and currency; for any other pair `default_terms` holds."""
    return {
        (row.merchant_id, row.currency): DefaultTerms(
            row.grace_days, row.collection_threshold_minor, row.limitation_years
        )
        for row in CollectionTerms.objects.filter(merchant__in=set(merchant_ids))
    }


def today_of(case: DefaultCase, now: datetime) -> date:
    """The customer's local date; the merchant's where the customer's zone is unknown."""
    zone = zone_of(case.customer.time_zone) or zone_of(case.merchant.time_zone)
    return local_date(now, zone) if zone else unknown_zone(now)


def lock_payments(case_ids: Sequence[int]) -> None:
    """Lock the payments of these cases: before contact locks and case rows, the order in which intake takes them."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, [list(case_ids)])
        cursor.execute(_LOCKED, [[payment_id for (payment_id,) in cursor.fetchall()]])


def lock_cases(case_ids: Iterable[int]) -> list[DefaultCase]:
    """The live ones among these cases, locked, ascending, with merchant and customer."""
    return list(
        DefaultCase.objects.select_related("merchant", "customer")
        .select_for_update(of=("self",), no_key=True)
        .filter(id__in=list(case_ids), state__in=LIVE)
        .order_by("id")
    )


def claim_cases(case_ids: Iterable[int]) -> list[DefaultCase]:
    """As `lock_cases` with their payments, but without waiting: what anybody else works on is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE_CASES, [list(case_ids)])
        free = {case_id for (case_id,) in cursor.fetchall()}
        cursor.execute(_BUSY, [list(free)])
        busy = {case_id for (case_id,) in cursor.fetchall()}
    return lock_cases(free - busy)


def load(cases: Sequence[DefaultCase], *, now: datetime) -> list[Loaded]:
    """The facts of these locked cases at the business instant `now`, in the same order."""
    ids = [case.id for case in cases]
    terms = load_terms(case.merchant_id for case in cases)
    promises = {
        row.case_id: row for row in PromiseToPay.objects.filter(case__in=ids, state=PromiseToPay.State.MADE)
    }
    items = _items(ids)
    return [
        _loaded(
            case,
            items=items[case.id],
            promise=promises.get(case.id),
            terms=terms.get((case.merchant_id, case.currency)) or default_terms(case.currency),
            now=now,
        )
        for case in cases
    ]


def _items(case_ids: list[int]) -> dict[int, list[_Item]]:
    found: dict[int, list[_Item]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [case_ids])
        for (
            case_id,
            added_at,
            payment,
            due_on,
            outstanding,
            paid,
            conceded,
            account,
            disputed,
            upheld,
        ) in cursor:
            facts = ItemFacts(
                payment_id=payment,
                due_on=due_on,
                outstanding_minor=outstanding,
                paid_minor=max(paid, 0),
                conceded_minor=conceded,
                conceded_account=account,
                is_disputed=disputed,
                is_upheld=upheld,
            )
            found[case_id].append(_Item(added_at, facts))
    return found


def _loaded(
    case: DefaultCase, *, items: list[_Item], promise: PromiseToPay | None, terms: DefaultTerms, now: datetime
) -> Loaded:
    kept = promise is not None and is_kept(
        amount_minor=promise.amount_minor,
        outstanding_before_minor=promise.outstanding_before_minor,
        outstanding_minor=sum(i.facts.outstanding_minor for i in items if i.added_at <= promise.made_at),
    )
    facts = CaseFacts(
        items=tuple(item.facts for item in items),
        terms=terms,
        oldest_due_on=case.oldest_due_on,
        anything_sent=case.contacted_at is not None,
        has_promise=promise is not None and not kept,
        is_placed=case.state == "placed",
    )
    return Loaded(
        case, facts, today_of(case, now), promise, kept, sum(i.facts.outstanding_minor for i in items)
    )
