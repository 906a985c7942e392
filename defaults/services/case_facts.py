"""Loading what `assess` is computed from: the same few queries for one case and for five hundred."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from common.calendar import local_date, zone_of

from ..agreement_states import PlacementState
from ..assessment import CaseFacts, ItemFacts, leaving_of
from ..case_states import LIVE
from ..delinquency import DefaultTerms, default_terms, unknown_zone
from ..models import CollectionTerms, DefaultCase
from .agreed import Agreed, Rows, load_rows, weigh

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
       p.conceded_account, sale.minor + fees.minor - asked.minor,
       coalesce(d.is_disputed, false), coalesce(d.is_upheld, false)
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

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A locked case with its facts. `open_minor`: owed by its items, disputed or not."""

    case: DefaultCase
    facts: CaseFacts
    as_of: date
    agreed: Agreed
    open_minor: int

    @property
    def claimed(self) -> dict[int, ItemFacts]:
        """What may be asked for, by payment id: open, due, not barred, not disputed."""
        leaving = leaving_of(self.facts.items, self.facts.terms, self.as_of)
        return {
            item.payment_id: item
            for item in self.facts.items
            if item.outstanding_minor and not item.is_disputed and item.payment_id not in leaving
        }


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


def zone_for(case: DefaultCase) -> ZoneInfo:
    return zone_of(case.customer.time_zone) or zone_of(case.merchant.time_zone) or _UTC


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
    rows = load_rows(ids)
    items = _items(ids)
    return [
        _loaded(
            case,
            items=items[case.id],
            rows=rows.get(case.id) or Rows(),
            terms=terms.get((case.merchant_id, case.currency)) or default_terms(case.currency),
            now=now,
        )
        for case in cases
    ]


def with_money_anew(loaded: Sequence[Loaded]) -> list[Loaded]:
    """The same with their payments read again, after an act of ours on what these owe."""
    items = _items([one.case.id for one in loaded])
    return [
        replace(
            one,
            facts=replace(one.facts, items=tuple(item.facts for item in items[one.case.id])),
            open_minor=sum(item.facts.outstanding_minor for item in items[one.case.id]),
        )
        for one in loaded
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
            waived,
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
                waived_minor=waived,
                is_disputed=disputed,
                is_upheld=upheld,
            )
            found[case_id].append(_Item(added_at, facts))
    return found


def _loaded(
    case: DefaultCase, *, items: list[_Item], rows: Rows, terms: DefaultTerms, now: datetime
) -> Loaded:
    payments, today = tuple(item.facts for item in items), today_of(case, now)
    agreed = weigh(
        rows,
        payments,
        leaving=leaving_of(payments, terms, today),
        joined_by={item.facts.payment_id: item.added_at for item in items},
        now=now,
    )
    facts = CaseFacts(
        items=payments,
        terms=terms,
        oldest_due_on=case.oldest_due_on,
        anything_sent=case.contacted_at is not None,
        has_promise=agreed.has_promise,
        has_plan=agreed.has_plan or agreed.has_accepted_offer,
        has_paid_offer=agreed.has_paid_offer,
        is_placed=rows.placement is not None and rows.placement.state == PlacementState.PLACED,
    )
    return Loaded(case, facts, today, agreed, sum(item.outstanding_minor for item in payments))
