"""The staff of the sample world: the little that customers and shops leave to them."""

import random
from datetime import datetime, timedelta
from functools import partial

from defaults import services as defaults
from defaults.models import AdjustmentRequest, Agency, DefaultCase, Dispute
from defaults.services import placement, staff_acts

from .cast import ANSWER, HARDSHIP, INCIDENT, NOTE, PROPOSAL
from .people import Act, as_far_as_possible

PATIENCE = timedelta(days=8)
# Days before the end on which staff act on a case of their own choice.
FORGIVES, PLACES, FINDS_INCIDENT = 24, 9, 2


class Desk:
    def __init__(self, chance: random.Random, *, ends: datetime) -> None:
        self._chance, self._ends = chance, ends
        self._ahead = [(FORGIVES, self._forgive), (PLACES, self._place), (FINDS_INCIDENT, self._incident)]

    def act(self, at: datetime, *, is_last: bool) -> None:
        self._answer_disputes(at)
        self._answer_requests(at)
        days_left = self._ends.date() - at.date()
        # Once, on the first evening from that day on that leaves them a case to do it with.
        self._ahead = [
            (day, act)
            for day, act in self._ahead
            if days_left > timedelta(days=day) or not self._with_case(act, at)
        ]
        if is_last:
            self._with_case(self._note, at)
            self._with_case(self._hold, at)

    def _with_case(self, act: Act, at: datetime) -> bool:
        """One of the oldest cases nobody has said anything about: those who mean to pay have mostly done so by then.

        Whether there was one that allowed it.
        """
        quiet = DefaultCase.objects.filter(
            state="open", needs_staff=False, holds=None, customer__preference=None
        )
        oldest = list(quiet.select_related("merchant", "customer").order_by("oldest_due_on", "id")[:4])
        self._chance.shuffle(oldest)
        return any(as_far_as_possible(partial(act, case, at)) for case in oldest)

    def _answer_disputes(self, at: datetime) -> None:
        raised = Dispute.objects.filter(state="raised", raised_at__lt=at - PATIENCE)
        for dispute in list(
            raised.exclude(case__state="closed").select_related("case__merchant").order_by("id")
        ):
            answer = ANSWER[dispute.case.merchant.locale]
            defaults.resolve_dispute(
                dispute_id=dispute.id,
                state=self._chance.choice(["upheld", "rejected"]),
                now=at,
                actor="staff:compliance",
                reason=answer,
                answer=answer,
            )

    def _answer_requests(self, at: datetime) -> None:
        asked = AdjustmentRequest.objects.filter(state="requested", asked_at__lt=at - timedelta(days=4))
        for request in asked.select_related("case__merchant").order_by("id"):
            proposal = PROPOSAL[request.case.merchant.locale]
            defaults.offer_adjustment(adjustment_id=request.id, proposal=proposal, now=at, actor="staff:lead")

    def _forgive(self, case: DefaultCase, at: datetime) -> None:
        staff_acts.forgive(case_id=case.id, reason=HARDSHIP[case.merchant.locale], now=at, actor="staff:lead")

    def _place(self, case: DefaultCase, at: datetime) -> None:
        placement.announce(case_id=case.id, agency=Agency.objects.get(), now=at, actor="staff:lead")

    def _incident(self, case: DefaultCase, at: datetime) -> None:
        name, reason = INCIDENT
        defaults.open_incident(
            merchant_id=case.merchant_id,
            name=name,
            reason=reason,
            starts_at=at - timedelta(days=60),
            ends_at=at,
            lines=list(case.items.values_list("payment__reference", flat=True)),
            now=at,
            actor="staff:compliance",
        )

    def _note(self, case: DefaultCase, at: datetime) -> None:
        defaults.add_note(case_id=case.id, text=NOTE[case.merchant.locale], now=at, actor="staff:agent")

    def _hold(self, case: DefaultCase, at: datetime) -> None:
        note, until = HARDSHIP[case.merchant.locale], at + timedelta(days=21)
        defaults.place_hold(
            case_id=case.id, reason="hardship", note=note, until=until, now=at, actor="staff:lead"
        )
