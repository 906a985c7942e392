"""A closed case stays closed: what is owed again is asked for in a case linked to it, which a person looks at first."""

from datetime import datetime

from accounts.models import Payment
from accounts.services import unconcede

from ..case_states import CaseState, Outcome
from ..models import CaseItem, DefaultCase
from .acts import Refused
from .closing import send_to_review
from .history import Entry, append
from .reassess import settle

_WHY_NOT = {
    Outcome.SETTLED: (
        "settled_stands",
        "The customer paid what was agreed: an agreement that was kept stands.",
    ),
    Outcome.BARRED: ("time_barred", "The claim is past its limitation. Nothing may be asked for any more."),
}


def reopen(*, case: DefaultCase, reason: str, now: datetime, actor: str) -> DefaultCase:
    """Take back what was given up of a closed case, and open a linked one for review. `case` is held (`desk.at_version`).

    Raises Refused: not_closed, settled_stands, time_barred, nothing_open.
    """
    if not case.is_closed:
        raise Refused("not_closed", "The case is open.")
    if case.outcome in _WHY_NOT:
        raise Refused(*_WHY_NOT[Outcome(case.outcome)])
    unconcede(payment_ids=sorted(_payment_ids(case)), act=f"{actor}: {reason}"[:80], now=now)
    return open_linked(case, reason=reason, now=now, actor=actor)


def open_linked(case: DefaultCase, *, reason: str, now: datetime, actor: str) -> DefaultCase:
    """The live case that goes on with what payments of the closed `case` owe: the customer's own, or a fresh one.

    It is sent to review. Raises Refused(nothing_open).
    """
    owing = Payment.objects.filter(id__in=_payment_ids(case), outstanding_minor__gt=0, in_case=False)
    payments = list(owing.order_by("due_on", "id"))
    if not payments:
        raise Refused("nothing_open", "None of its payments is owed, or another case asks for them already.")
    live = _live_case(case) or _fresh(case, payments, now=now)
    CaseItem.objects.bulk_create(CaseItem(case=live, payment=payment, added_at=now) for payment in payments)
    Payment.objects.filter(id__in=[payment.id for payment in payments]).update(in_case=True, touched=False)
    is_fresh = live.previous_case_id == case.id and not live.events.exists()
    data = {"payments": [payment.id for payment in payments], "previous": case.number}
    entry = Entry(
        case_id=live.id, kind="opened" if is_fresh else "item_added", to_state=live.state, at=now,
        actor=actor, reason=reason, data=data,
    )  # fmt: skip
    settle([live], now=now, actor=actor, reason=reason, entries=[entry])
    append([
        Entry(case_id=case.id, kind="reopened", at=now, actor=actor, reason=reason, data={"case": live.number})
    ])  # fmt: skip
    send_to_review(case_ids=[live.id], now=now, actor=actor, reason="reopened")
    return DefaultCase.objects.get(id=live.id)


def _payment_ids(case: DefaultCase) -> set[int]:
    return set(CaseItem.objects.filter(case=case).values_list("payment_id", flat=True))


def _live_case(case: DefaultCase) -> DefaultCase | None:
    live = DefaultCase.objects.live().filter(customer=case.customer_id, currency=case.currency)
    return live.select_related("merchant", "customer").select_for_update(of=("self",), no_key=True).first()


def _fresh(case: DefaultCase, payments: list[Payment], *, now: datetime) -> DefaultCase:
    return DefaultCase.objects.create(
        merchant=case.merchant,
        customer=case.customer,
        currency=case.currency,
        state=CaseState.OPEN,
        claimed_minor=sum(payment.outstanding_minor for payment in payments),
        oldest_due_on=payments[0].due_on,
        opened_at=now,
        previous_case=case,
        version=0,
    )
