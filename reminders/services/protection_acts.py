"""Acts at a case that protect the customer: disputes, deferrals, debt adjustment."""

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Payment
from defaults.models import AdjustmentRequest, Dispute
from defaults.services import adjustment, deferral, dispute_evidence
from defaults.services.dispute import dispute as raise_dispute
from defaults.services.dispute import resolve_dispute

from . import act_shapes as shapes
from .act_args import Unfit, own_row
from .remind import silence_about

if TYPE_CHECKING:
    from .case_acts import Desk


def dispute(desk: "Desk", body: shapes.DisputeTerms) -> None:
    raise_dispute(
        case_id=desk.case.id,
        reason=body.reason,
        text=body.text,
        payment_ids=_payments(desk, body),
        **desk.who,
    )


def resolve(desk: "Desk", body: shapes.Verdict) -> None:
    raised = own_row("dispute", Dispute.objects.filter(case=desk.case), body.dispute)
    answer = body.answer.strip() or _answer(raised, body.verdict)
    resolve_dispute(dispute_id=raised.id, state=body.verdict, answer=answer, **desk.who)


def withdraw(desk: "Desk", body: shapes.Withdrawal) -> None:
    """Nothing that is open is owed: a dispute that is raised and upheld in one stroke; the customer hears of its end alone."""
    raised = raise_dispute(case_id=desk.case.id, reason=body.reason, **desk.who)
    if raised.raised_at == desk.now:
        silence_about(desk.case.events.filter(kind="disputed").latest("seq"), now=desk.now)
    answer = body.answer.strip() or _answer(raised, Dispute.State.UPHELD)
    resolve_dispute(dispute_id=raised.id, state=Dispute.State.UPHELD, answer=answer, **desk.who)


def evidence(desk: "Desk", body: shapes.EvidenceNoted) -> None:
    raised = own_row("dispute", Dispute.objects.filter(case=desk.case), body.dispute)
    dispute_evidence.note_evidence(dispute_id=raised.id, item=body.item, note=body.note, **desk.who)


def defer(desk: "Desk", body: shapes.DeferralTerms) -> None:
    deferral.defer(case_id=desk.case.id, reason=body.reason, text=body.text, **desk.who)


def ask_adjustment(desk: "Desk", body: shapes.AdjustmentAsked) -> None:
    adjustment.ask_adjustment(case_id=desk.case.id, text=body.text, **desk.who)


def offer_adjustment(desk: "Desk", body: shapes.AdjustmentOffered) -> None:
    adjustment.offer_adjustment(
        adjustment_id=_request(desk, body.adjustment), proposal=body.proposal, **desk.who
    )


def refuse_adjustment(desk: "Desk", body: shapes.AdjustmentRefused) -> None:
    adjustment.refuse_adjustment(
        adjustment_id=_request(desk, body.adjustment), refusal=body.refusal, **desk.who
    )


def accept_adjustment(desk: "Desk", body: shapes.AdjustmentChosen) -> None:
    adjustment.accept_adjustment(adjustment_id=_request(desk, body.adjustment), **desk.who)


def _request(desk: "Desk", request_id: int) -> int:
    return own_row("adjustment", AdjustmentRequest.objects.filter(case=desk.case), request_id).id


def _payments(desk: "Desk", body: shapes.DisputeTerms) -> list[int] | None:
    if body.payments is None:
        return None
    rows = Payment.objects.filter(
        merchant=desk.case.merchant_id, reference__in=body.payments, case_items__case=desk.case
    )
    found = dict(rows.values_list("reference", "id"))
    if unknown := [reference for reference in body.payments if reference not in found]:
        raise Unfit("payments", "not_in_case", f"The case has no payment {unknown[0][:80]}.")
    return list(found.values())


def _answer(raised: Dispute, verdict: str) -> str:
    """What the customer is told where nobody found words of their own, in the merchant's language."""
    with translation.override(raised.case.merchant.locale):
        if verdict == Dispute.State.UPHELD:
            return _("You are right. What you disputed is no longer owed.")
        return _("We have checked the purchase and the amount. What you disputed is owed.")
