"""What is looked at before a dispute is answered, by its reason, and the clocks of what the law wants given meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..models import Dispute
from .acts import Refused, locked_case
from .closing import send_to_review
from .history import Entry, append

BUYER_INFORMATION, STATEMENT = "buyer_information", "statement"
_SYSTEM = "system"
# Where the day begins first: rather early than late.
_EASTERNMOST = timedelta(hours=14)

LABELS: Mapping[str, object] = {
    BUYER_INFORMATION: _(
        "Who bought: name and birth date, asked of the merchant (정보통신망법 art. 58-2(1))"
    ),
    STATEMENT: _("Written statement of the purchases given (정보통신망법 art. 58(2))"),
    "payment_proof": _("Proof of payment from the customer"),
    "gateway_search": _("Payments searched for at the gateway and the bank"),
    "merchant_asked": _("The merchant was asked"),
    "purchase_record": _("Record of the purchase: when, from which line and device"),
    "charge_notice": _("Notice at the time of the charge (정보통신망법 art. 58(1))"),
    "price_shown": _("Price shown at the purchase, compared with the bill"),
    "consent_evidence": _("Consent to the subscription and to its price"),
    "delivery_record": _("Record of the delivery"),
    "usage_record": _("Record of the use"),
    "birth_date": _("Birth date of the buyer on the day of the purchase"),
    "consent_of_representative": _("Consent of the legal representative (민법 5)"),
    "deception": _("Whether the buyer deceived actively about the age (민법 17)"),
    "purchase_pattern": _("Pattern of purchases: limits used up, gift cards, several firms within minutes"),
    "known_incident": _("Compared with known incidents"),
}
CHECKLISTS: Mapping[str, tuple[str, ...]] = {
    Dispute.Reason.PAID_ALREADY: ("payment_proof", "gateway_search", "merchant_asked"),
    Dispute.Reason.NOT_MINE: (BUYER_INFORMATION, "purchase_record", "charge_notice", "known_incident"),
    Dispute.Reason.WRONG_AMOUNT: ("price_shown", "charge_notice", "consent_evidence"),
    Dispute.Reason.NOT_DELIVERED: ("delivery_record", "usage_record", "merchant_asked"),
    Dispute.Reason.MADE_BY_MINOR: (
        BUYER_INFORMATION,
        "birth_date",
        "consent_of_representative",
        "deception",
    ),
    Dispute.Reason.FRAUD: (BUYER_INFORMATION, "purchase_record", "purchase_pattern", "known_incident"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a checklist. `due_on`: by when the law wants it, if it does. `noted`: what was found, the latest."""

    item: str
    label: object
    due_on: date | None
    noted: Mapping[str, str] | None


def checklist(dispute: Dispute) -> list[Check]:
    """What is to be looked at for this dispute, and what has been."""
    noted = {entry["item"]: entry for entry in dispute.evidence}
    dues = {BUYER_INFORMATION: dispute.buyer_information_due_on, STATEMENT: dispute.statement_due_on}
    return [Check(item, LABELS[item], dues.get(item), noted.get(item)) for item in _items(dispute)]


def note_evidence(*, dispute_id: int, item: str, note: str, now: datetime, actor: str) -> Dispute:
    """Write down what was found about one line of the checklist; the same twice is one.

    The history names the line only: what was found may be about a person. Raises Refused: unknown_item,
    already_resolved, case_closed.
    """
    case_id = Dispute.objects.values_list("case_id", flat=True).get(id=dispute_id)
    with locked_case(case_id) as case:
        dispute = Dispute.objects.select_for_update(no_key=True).get(id=dispute_id)
        if dispute.state != Dispute.State.RAISED:
            raise Refused("already_resolved", "The dispute has been answered.")
        if item not in _items(dispute):
            raise Refused("unknown_item", f"The checklist has: {', '.join(_items(dispute))}.")
        if any((known["item"], known["note"]) == (item, note) for known in dispute.evidence):
            return dispute
        at = now.astimezone(UTC).isoformat()
        dispute.evidence = [*dispute.evidence, {"item": item, "note": note, "by": actor, "at": at}]
        dispute.save(update_fields=["evidence"])
        data = {"dispute": dispute.id, "item": item}
        append([Entry(case_id=case.id, kind="evidence_noted", at=now, actor=actor, data=data)])
    return dispute


def chase_duties(*, now: datetime, limit: int = 500) -> int:
    """Ask for a person where buyer information or a statement falls due today and was not given; answers how many cases."""
    today = (now + _EASTERNMOST).date()
    raised = Dispute.objects.filter(state=Dispute.State.RAISED, case__needs_staff=False)
    due = raised.filter(Q(buyer_information_due_on__lte=today) | Q(statement_due_on__lte=today))
    case_ids = {dispute.case_id for dispute in due.order_by("id")[:limit] if _is_late(dispute, today)}
    if not case_ids:
        return 0
    return send_to_review(case_ids=case_ids, now=now, actor=_SYSTEM, reason="dispute_duty_due")


def _items(dispute: Dispute) -> tuple[str, ...]:
    asked = (STATEMENT,) if dispute.statement_due_on else ()
    return CHECKLISTS[dispute.reason] + asked


def _is_late(dispute: Dispute, today: date) -> bool:
    return any(line.due_on and line.due_on <= today and line.noted is None for line in checklist(dispute))
