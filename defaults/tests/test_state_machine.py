"""Anything may happen to a debt, in any order, at any time: after every step all that is checkable holds (domain.md, 5).

Events of merchants, clicks of the customer, acts of staff and the passing of days against real services on real
PostgreSQL; every example is a transaction that is rolled back. What a service refuses leaves nothing behind.
"""

from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.invariants import CHECKS as ACCOUNTS
from common.calendar import local_date
from defaults import services
from defaults.case_states import Outcome
from defaults.invariants import CHECKS as DEFAULTS
from defaults.models import (
    AdjustmentRequest,
    Agency,
    DefaultCase,
    Dispute,
    Hold,
    NegotiationTerms,
    PaymentPlan,
    SettlementOffer,
)
from defaults.services import placement, reopening, staff_acts
from defaults.services.desk import held

from .world import World

pytestmark = pytest.mark.django_db
EXAMPLES, STEPS = 25, 40
SEOUL = ZoneInfo("Asia/Seoul")
# One statement for all checks: the plans cost more than the rows.
_ALL = " UNION ALL ".join(
    f"SELECT '{check.name.replace(chr(39), chr(39) * 2)}', line FROM ({check.query}) AS violation(line)"
    for check in (*ACCOUNTS, *DEFAULTS)
)

references = st.sampled_from(["ord-1", "ord-2", "ord-3"])
amounts = st.sampled_from([1, 300, 1980, 4950, 7920, 9900, 20_000])
staff = st.sampled_from(["staff:mina", "staff:lead", "customer"])


def _violations() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_ALL)
        return cursor.fetchall()


class Debts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.world = World()
        NegotiationTerms.objects.create(merchant=self.world.merchant, currency="KRW", discount_percent=20)
        self.agency = Agency.objects.create(
            slug=f"agency-{self.world.merchant.id}", name="Agency", licence_number="1", email="a@example.com"
        )
        self.agency.merchants.add(self.world.merchant)
        self.looks = 0
        self.owe("ord-1", 9900, 20)
        self.owe("ord-2", 20_000, 6)
        self.world.tick()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @invariant()
    def everything_holds(self) -> None:
        assert _violations() == []

    # What merchants tell.

    def _tell(self, kind: str, reference: str, **data) -> None:
        if self._known(reference):
            self.world.says(kind, reference, at=self.world.now.isoformat(), **data)

    def _known(self, reference: str) -> bool:
        return self.world.merchant.payments.filter(reference=reference).exists()

    @rule(reference=references, amount=amounts, days=st.sampled_from([-3, 5, 6, 20, 60, 1090]))
    def owe(self, reference: str, amount: int, days: int) -> None:
        due_on = local_date(self.world.now, SEOUL) - timedelta(days=days)
        self.world.owes(reference, amount, due_on=due_on.isoformat(), at=self.world.now.isoformat())

    @rule(reference=references, amount=amounts)
    def pay(self, reference: str, amount: int) -> None:
        self._tell("payment.paid", reference, amount=amount)

    @rule(reference=references)
    def pay_all(self, reference: str) -> None:
        if self._known(reference) and (minor := self.world.payment(reference).outstanding_minor):
            self._tell("payment.paid", reference, amount=minor)

    @rule()
    def pay_what_is_agreed(self) -> None:
        offer = SettlementOffer.objects.filter(case__merchant=self.world.merchant, state="accepted").first()
        if offer:
            payments = self.world.merchant.payments.filter(
                id__in=[payment_id for payment_id, _ in offer.items]
            )
            left = offer.pay_minor
            for payment in payments.order_by("id"):
                if part := min(left, payment.outstanding_minor):
                    self._tell("payment.paid", payment.reference, amount=part)
                    left -= part
        self.world.tick()

    @rule(reference=references, amount=amounts, reason=st.sampled_from(["chargeback", "returned", "error"]))
    def reverse(self, reference: str, amount: int, reason: str) -> None:
        if self._known(reference) and self.world.payment(reference).paid_minor:
            self._tell("payment.reversed", reference, amount=amount, reason=reason)

    @rule(reference=references, amount=amounts, reason=st.sampled_from(["sale_undone", "overpayment"]))
    def refund(self, reference: str, amount: int, reason: str) -> None:
        self._tell("payment.refunded", reference, amount=amount, reason=reason)

    @rule(reference=references, amount=amounts)
    def credit(self, reference: str, amount: int) -> None:
        self._tell("payment.credited", reference, amount=amount)

    @rule(reference=references)
    def void(self, reference: str) -> None:
        self._tell("payment.voided", reference)

    @rule(reference=references, fails=st.booleans())
    def attempt(self, reference: str, fails: bool) -> None:
        if fails:
            self._tell("payment.failed", reference, reason="blocked")
        else:
            until = self.world.now + timedelta(hours=1)
            self._tell("payment.in_flight", reference, until=until.isoformat())

    # What time does.

    @rule(
        delta=st.sampled_from(
            [{"hours": 5}, {"days": 1}, {"days": 3}, {"days": 8}, {"days": 32}, {"days": 100}]
        )
    )
    def wait(self, delta: dict) -> None:
        self.world.later(**delta)

    @rule()
    def tick(self) -> None:
        self.world.tick()

    @rule()
    def look_again(self) -> None:
        services.reassess(case_id=self.case.id, actor="system", reason="asked", now=self.world.now)

    # What the customer does, and staff in the customer's name.

    @property
    def case(self) -> DefaultCase:
        """The latest case; where it is closed, mostly one about a further debt."""
        self.looks += 1
        if self.world.case().is_closed and self.looks % 4:
            self.owe(f"ord-{self.looks + 3}", 9900, 20)
            services.open_cases(now=self.world.now)
        return self.world.case()

    def _do(self, act, **arguments) -> None:
        """Whatever a service may refuse, it refuses by name and leaves nothing."""
        with suppress(services.Refused):
            act(now=self.world.now, **arguments)

    @rule(days=st.integers(-1, 40), amount=st.sampled_from([None, 300, 4950]), actor=staff)
    def promise(self, days: int, amount: int | None, actor: str) -> None:
        on = local_date(self.world.now, SEOUL) + timedelta(days=days)
        self._do(services.propose_date, case_id=self.case.id, on=on, amount_minor=amount, actor=actor)

    @rule(actor=staff)
    def ask_for_an_offer(self, actor: str) -> None:
        self._do(services.standing_offer, case_id=self.case.id, actor=actor)

    @rule(pay=amounts, days=st.integers(0, 20), authority=st.sampled_from(["lead", "compliance"]))
    def make_offer(self, pay: int, days: int, authority: str) -> None:
        expires_at = self.world.now + timedelta(days=days)
        self._do(
            services.make_offer, case_id=self.case.id, pay_minor=pay, expires_at=expires_at,
            authority=authority, actor="staff:lead",
        )  # fmt: skip

    @rule(actor=staff)
    def accept(self, actor: str) -> None:
        case = self.case
        self._do(services.standing_offer, case_id=case.id, actor="customer")
        if offer := SettlementOffer.objects.filter(case=case).last():
            self._do(services.accept_offer, offer_id=offer.id, evidence={}, actor=actor)

    @rule(end=st.sampled_from([services.decline_offer, services.withdraw_offer]))
    def turn_down(self, end) -> None:
        if offer := SettlementOffer.objects.filter(case=self.case).last():
            self._do(end, offer_id=offer.id, actor="customer")

    @rule(parts=st.integers(2, 6), days=st.integers(0, 35))
    def pay_in_parts(self, parts: int, days: int) -> None:
        first_on = local_date(self.world.now, SEOUL) + timedelta(days=days)
        self._do(
            services.propose_plan,
            case_id=self.case.id,
            parts=parts,
            first_on=first_on,
            evidence={},
            actor="customer",
        )

    @rule(end=st.sampled_from([services.tell_rescission, services.rescind_plan]))
    def give_up_plan(self, end) -> None:
        if plan := PaymentPlan.objects.filter(case=self.case).last():
            self._do(end, plan_id=plan.id, actor="staff:lead")

    @rule(reference=st.one_of(st.none(), references), reason=st.sampled_from(Dispute.Reason.values))
    def dispute(self, reference: str | None, reason: str) -> None:
        ids = None
        if reference is not None:
            ids = list(self.world.merchant.payments.filter(reference=reference).values_list("id", flat=True))
        self._do(services.dispute, case_id=self.case.id, reason=reason, payment_ids=ids, actor="customer")

    @rule(state=st.sampled_from(["upheld", "rejected"]))
    def answer_dispute(self, state: str) -> None:
        if raised := Dispute.objects.filter(case=self.case).last():
            self._do(
                services.resolve_dispute, dispute_id=raised.id, state=state, answer="Looked it up.",
                actor="staff:mina", reason="looked it up",
            )  # fmt: skip

    @rule(act=st.sampled_from([services.claim_paid, services.ask_adjustment]))
    def speak_up(self, act) -> None:
        self._do(act, case_id=self.case.id, actor="customer")

    @rule(reason=st.sampled_from(["illness", "income"]))
    def cannot_now(self, reason: str) -> None:
        self._do(services.defer, case_id=self.case.id, reason=reason, actor="customer")

    @rule(is_granted=st.booleans())
    def answer_adjustment(self, is_granted: bool) -> None:
        asked = AdjustmentRequest.objects.filter(case=self.case).last()
        if asked and is_granted:
            self._do(
                services.offer_adjustment, adjustment_id=asked.id, proposal="Three parts.", actor="staff:lead"
            )
            self._do(services.accept_adjustment, adjustment_id=asked.id, actor="customer")
        elif asked:
            refusal = "No income shown. Routes: the court, the CCRS."
            self._do(services.refuse_adjustment, adjustment_id=asked.id, refusal=refusal, actor="staff:lead")

    @rule(stops=st.booleans())
    def stop_or_resume(self, stops: bool) -> None:
        act = services.stop_contact if stops else services.resume_contact
        act(customer_id=self.case.customer_id, now=self.world.now, actor="customer")

    # What staff do.

    @rule(days=st.sampled_from([None, 1, 9]), wide=st.booleans())
    def hold(self, days: int | None, wide: bool) -> None:
        until = None if days is None else self.world.now + timedelta(days=days)
        told = {"reason": "staff", "until": until, "actor": "staff:mina"}
        if wide:
            services.hold_customer(customer_id=self.case.customer_id, now=self.world.now, **told)
        else:
            self._do(services.place_hold, case_id=self.case.id, **told)

    @rule()
    def end_hold(self) -> None:
        holds = Hold.objects.filter(customer=self.case.customer_id, ended_at=None)
        if hold := holds.filter(reason__in=["staff", "claimed_paid"]).first():
            services.end_hold(hold_id=hold.id, now=self.world.now, actor="staff:mina")

    @rule(amount=amounts)
    def waive(self, amount: int) -> None:
        self._do(
            staff_acts.waive, case_id=self.case.id, amount_minor=amount, reason="goodwill", actor="staff:lead"
        )

    @rule(amount=amounts)
    def record_payment(self, amount: int) -> None:
        self._do(
            staff_acts.record_payment,
            case_id=self.case.id,
            amount_minor=amount,
            method="bank",
            actor="staff:mina",
        )

    @rule(outcome=st.sampled_from([Outcome.FORGIVEN, Outcome.WRITTEN_OFF]))
    def close_by_policy(self, outcome: Outcome) -> None:
        services.close_by_policy(
            case_ids=[self.case.id],
            outcome=outcome,
            now=self.world.now,
            actor="system",
            reason="end of ladder",
        )

    @rule(act=st.sampled_from([staff_acts.forgive, staff_acts.write_off]))
    def give_up(self, act) -> None:
        self._do(act, case_id=self.case.id, reason="too dear", actor="staff:lead")

    @rule()
    def reopen(self) -> None:
        with suppress(services.Refused), held(self.case.id) as case:
            reopening.reopen(case=case, reason="error", now=self.world.now, actor="staff:lead")

    @rule()
    def announce_agency(self) -> None:
        self._do(placement.announce, case_id=self.case.id, agency=self.agency, actor="staff:lead")

    @rule(act=st.sampled_from([placement.recall_case, placement.return_case]))
    def take_back(self, act) -> None:
        self._do(act, case_id=self.case.id, reason="asked", actor="staff:lead")

    @rule(sends=st.booleans())
    def review(self, sends: bool) -> None:
        told = {"now": self.world.now, "actor": "staff:mina", "reason": "asked"}
        if sends:
            services.send_to_review(case_ids=[self.case.id], **told)
        else:
            services.end_review(case_id=self.case.id, **told)


def test_whatever_happens_the_invariants_hold():
    run_state_machine_as_test(
        Debts,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
