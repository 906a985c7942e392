"""Charging late fees where a merchant's policy says so, and computing again what was charged."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection
from django.db.models import F

from accounts.models import Payment
from accounts.services import charge_fees

from ..delinquency import unknown_zone
from ..fees import PERIOD_DAYS, Fee, Span, not_yet_charged
from ..models import DefaultCase, FeeCharge
from .acts import Refused, locked_case, record
from .fee_facts import at_rest, due_fees

_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"

# Live cases with a payment of which some period may be over and not charged; the rest is computed.
_CANDIDATES = """
SELECT DISTINCT i.case_id
  FROM defaults_feepolicy f
  JOIN accounts_payment p ON p.merchant_id = f.merchant_id AND p.currency = f.currency
  JOIN defaults_caseitem i ON i.payment_id = p.id AND i.released_at IS NULL
 CROSS JOIN LATERAL (SELECT greatest(p.due_on + 1, f.valid_from) AS start_on,
                            least(f.valid_until, %(today)s::date) AS end_on) v
 CROSS JOIN LATERAL (SELECT CASE WHEN v.end_on = f.valid_until THEN v.end_on
                                 ELSE v.start_on + (v.end_on - v.start_on) / %(days)s * %(days)s END AS last_on) l
 WHERE f.annual_bp > 0 AND p.in_case AND p.outstanding_minor > 0 AND i.case_id > %(after)s AND l.last_on > v.start_on
   AND NOT EXISTS (SELECT FROM defaults_feecharge c WHERE c.payment_id = p.id AND c.until_on >= l.last_on)
 ORDER BY i.case_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Accrued:
    """How many fees were charged. `reached`: the case to go on after; None when all were looked at."""

    charges: int
    reached: int | None


def accrue(*, now: datetime, limit: int = 200, after: int = 0) -> Accrued:
    """Charge every period that is over in up to `limit` cases: one FeeCharge and one ledger entry for each period.

    Nothing without a FeePolicy, and nothing while asking rests: it is made up for afterwards, without the days of rest.
    A customer being written to, or locked, is found again by the next tick. Safe to run twice at once: a day is
    charged once.
    """
    values = {"today": unknown_zone(now), "days": PERIOD_DAYS, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, values)
        case_ids = [case_id for (case_id,) in cursor.fetchall()]
    due = _uncharged(list(DefaultCase.objects.filter(id__in=case_ids)), now=now)
    charges = sum(_charge(case_id, now=now) for case_id in case_ids if due.get(case_id))
    return Accrued(charges, case_ids[-1] if len(case_ids) == limit else None)


def recompute(*, payment_ids: Collection[int], now: datetime) -> dict[int, list[Fee]]:
    """What the fees of these payments come to by what is known now, whether they were charged or not; by payment id."""
    rows = Payment.objects.with_parties().filter(id__in=list(payment_ids)).order_by("id")
    return due_fees(list(rows), now=now)


def _charge(case_id: int, *, now: datetime) -> int:
    try:
        with locked_case(case_id) as case:
            return _charge_locked(case, now=now)
    except Refused:
        return 0
    except OperationalError as problem:
        if getattr(problem.__cause__, "pgcode", None) not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise
        return 0


def _charge_locked(case: DefaultCase, *, now: datetime) -> int:
    """The fees in the order of their periods, so that the last ones give way where the debt itself is reached."""
    due = _uncharged([case], now=now).get(case.id, {})
    rows: list[FeeCharge] = []
    for payment_id, fees in due.items():
        for fee in fees:
            act = f"fee {fee.period.from_on} to {fee.period.until_on}"
            charged = charge_fees(parts={payment_id: fee.amount_minor}, act=act, now=now)
            rows += [_row(payment_id, fee, minor=minor, now=now) for minor in charged.values()]
    FeeCharge.objects.bulk_create(rows)
    if rows:
        record(
            case,
            kind="fee_charged",
            now=now,
            actor="system",
            reason="fee_policy",
            payments=sorted({row.payment_id for row in rows}),
            amount_minor=sum(row.amount_minor for row in rows),
        )
    return len(rows)


def _row(payment_id: int, fee: Fee, *, minor: int, now: datetime) -> FeeCharge:
    return FeeCharge(
        payment_id=payment_id,
        policy_id=fee.policy_id,
        from_on=fee.period.from_on,
        until_on=fee.period.until_on,
        principal_minor=fee.principal_minor,
        days=fee.days,
        amount_minor=minor,
        charged_at=now,
    )


def _uncharged(cases: Sequence[DefaultCase], *, now: datetime) -> dict[int, dict[int, list[Fee]]]:
    """By case and payment, the fees that are due and not charged; none for a case at rest."""
    resting = at_rest(cases, now=now)
    payments = list(
        Payment.objects.owed()
        .with_parties()
        .filter(
            case_items__case__in=[case for case in cases if case.id not in resting],
            case_items__released_at=None,
        )
        .annotate(case_id=F("case_items__case_id"))
        .order_by("id")
    )
    charged: dict[int, list[Span]] = defaultdict(list)
    for row in FeeCharge.objects.filter(payment__in=payments):
        charged[row.payment_id].append(Span(row.from_on, row.until_on))
    due = due_fees(payments, now=now)
    left: dict[int, dict[int, list[Fee]]] = defaultdict(dict)
    for payment in payments:
        if fresh := not_yet_charged(due[payment.id], charged[payment.id]):
            left[payment.case_id][payment.id] = fresh
    return left
