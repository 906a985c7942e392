from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest

from accounts.models import Payment, PaymentEvent
from defaults import services
from defaults.models import DefaultCase, Dispute, Hold
from defaults.services import crediting
from defaults.services.dispute_evidence import CHECKLISTS, LABELS

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
STAFF = {"now": NOW, "actor": "staff:mina"}


@pytest.fixture
def world() -> World:
    return World()


def _two(world) -> DefaultCase:
    world.owes("ord-2", 3000)
    return world.opened()


def _dispute(world, *references, reason="wrong_amount", **fields) -> Dispute:
    ids = [world.payment(each).id for each in references] or None
    told = {"case_id": world.case().id, "payment_ids": ids, "reason": reason, "now": world.now}
    return services.dispute(**told | {"actor": "customer"} | fields)


def _resolve(raised, state, **fields) -> Dispute:
    return services.resolve_dispute(dispute_id=raised.id, state=state, **STAFF | {"answer": "Why."} | fields)


def _running(case, reason="dispute") -> list[Hold]:
    return list(Hold.objects.running(NOW).filter(case=case, reason=reason))


def test_a_dispute_about_some_payments_holds_nothing_else(world):
    case = _two(world)
    _dispute(world, "ord-2")
    assert (world.case().claimed_minor, Hold.objects.count()) == (9900, 0)
    assert "held" not in kinds(case)


def test_a_dispute_about_all_payments_holds_the_case(world):
    case = _two(world)
    raised = _dispute(world)
    assert _running(case) == [raised.hold]


def test_two_disputes_that_leave_nothing_hold_the_case(world):
    case = _two(world)
    _dispute(world, "ord-1")
    assert not _running(case)
    _dispute(world, "ord-2")
    assert len(_running(case)) == 1


def test_the_case_is_held_as_soon_as_the_undisputed_rest_is_paid(world):
    case = _two(world)
    raised = _dispute(world, "ord-2")
    world.pays("ord-1")
    world.tick()
    raised.refresh_from_db()
    assert _running(case) == [raised.hold]


def test_a_payment_that_joins_undisputed_ends_the_hold(world):
    case = world.opened()
    _dispute(world)
    world.owes("ord-3", 2000)
    world.tick()
    assert not _running(case)
    assert kinds(case)[-2:] == ["hold_ended", "claim_changed"]


@pytest.mark.parametrize("reason", ["not_mine", "made_by_minor", "fraud"])
def test_who_bought_is_asked_within_three_days(world, reason):
    _two(world)
    raised = _dispute(world, "ord-2", reason=reason)
    assert (raised.answer_due_on, raised.buyer_information_due_on) == (date(2026, 12, 9), date(2026, 11, 28))


@pytest.mark.parametrize("reason", ["paid_already", "wrong_amount", "not_delivered"])
def test_other_disputes_do_not_ask_who_bought(world, reason):
    _two(world)
    assert _dispute(world, "ord-2", reason=reason).buyer_information_due_on is None


@pytest.mark.parametrize("reason", ["minor", "fraud"])
def test_a_minor_or_a_fraud_silences_the_whole_case_and_waits_for_trained_people(world, reason):
    case = _two(world)
    raised = _dispute(world, "ord-2", reason={"minor": "made_by_minor", "fraud": "fraud"}[reason])
    assert _running(case, reason) == [raised.hold]
    assert (world.case().needs_staff, world.case().review_reason) == (True, reason)


def test_the_queue_keeps_its_name_when_facts_change(world):
    _two(world)
    _dispute(world, "ord-2", reason="fraud")
    world.pays("ord-1", 100)
    world.tick()
    assert (world.case().claimed_minor, world.case().review_reason) == (9800, "fraud")


def test_a_statement_is_due_two_weeks_after_it_was_asked_for_first(world):
    _two(world)
    raised = _dispute(world, "ord-2")
    for days in (1, 5):
        asked = services.ask_statement(dispute_id=raised.id, now=NOW + timedelta(days=days), actor="customer")
    assert asked.statement_due_on == date(2026, 12, 10)
    assert [line.item for line in services.checklist(asked)][-1] == "statement"


def test_evidence_is_noted_once_and_only_for_the_checklist(world):
    case = _two(world)
    raised = _dispute(world, "ord-2")
    for _ in range(2):
        noted = services.note_evidence(dispute_id=raised.id, item="price_shown", note="9,900", **STAFF)
    with pytest.raises(services.Refused, match="price_shown"):
        services.note_evidence(dispute_id=raised.id, item="horoscope", note="Leo", **STAFF)
    assert [entry["note"] for entry in noted.evidence] == ["9,900"]
    assert "9,900" not in str(list(case.events.values_list("data", "reason")))


def test_every_reason_has_a_checklist_whose_lines_have_names():
    assert set(CHECKLISTS) == set(Dispute.Reason)
    assert {item for items in CHECKLISTS.values() for item in items} <= set(LABELS)


@pytest.mark.parametrize(("days", "sent"), [(2, 0), (3, 1)])
def test_buyer_information_that_is_due_goes_to_a_person(world, days, sent):
    _two(world)
    _dispute(world, "ord-2", reason="not_mine")
    assert services.chase_duties(now=NOW + timedelta(days=days)) == sent
    assert world.case().needs_staff == bool(sent)


def test_buyer_information_that_was_given_is_not_chased(world):
    _two(world)
    raised = _dispute(world, "ord-2", reason="not_mine")
    services.note_evidence(dispute_id=raised.id, item="buyer_information", note="asked, given", **STAFF)
    assert services.chase_duties(now=NOW + timedelta(days=9)) == 0


def test_a_dispute_upheld_undoes_the_sale_and_closes_what_is_left_of_nothing(world):
    world.opened()
    _resolve(_dispute(world), "upheld")
    case, payment = world.case(), world.payment("ord-1")
    assert (payment.is_void, payment.outstanding_minor) == (True, 0)
    assert (case.state, case.outcome, Hold.objects.running(NOW).count()) == ("closed", "withdrawn", 0)


def test_a_dispute_upheld_leaves_the_rest_of_the_case(world):
    case = _two(world)
    raised = _dispute(world, "ord-2")
    _resolve(raised, "upheld")
    assert (world.case().state, world.case().claimed_minor) == ("open", 9900)
    told = PaymentEvent.objects.get(event_id=f"amends:dispute:{raised.id}:{world.payment('ord-2').id}")
    assert (told.type, kinds(case)[-1]) == ("payment.voided", "dispute_upheld")


def test_what_was_paid_of_a_sale_that_is_undone_becomes_credit(world):
    world.opened()
    world.pays("ord-1", 4000)
    _resolve(_dispute(world), "upheld")
    assert world.payment("ord-1").credit_minor == 4000


@pytest.mark.parametrize("merchant_first", [True, False])
@pytest.mark.parametrize(("kind", "data"), [("voided", {}), ("credited", {"amount": 9900})])
def test_a_merchant_that_undoes_the_sale_too_takes_nothing_off_twice(world, kind, data, merchant_first):
    world.opened()
    raised = _dispute(world)
    if merchant_first:
        world.says(f"payment.{kind}", "ord-1", **data)
    _resolve(raised, "upheld")
    if not merchant_first:
        world.says(f"payment.{kind}", "ord-1", **data)
    payment = world.payment("ord-1")
    assert (payment.outstanding_minor, payment.credit_minor) == (0, 0)


def test_an_answer_given_twice_is_one(world):
    _two(world)
    raised = _dispute(world, "ord-2")
    assert _resolve(raised, "upheld") == _resolve(raised, "upheld")
    with pytest.raises(services.Refused) as refused:
        _resolve(raised, "rejected")
    assert refused.value.code == "already_resolved"
    assert PaymentEvent.objects.filter(event_id__startswith="amends:dispute").count() == 1


def test_a_crash_between_crediting_and_the_answer_leaves_neither(world, monkeypatch):
    _two(world)
    raised = _dispute(world, "ord-2")

    def dies(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr(import_module("defaults.services.dispute"), "_end", dies)
    with pytest.raises(RuntimeError):
        _resolve(raised, "upheld")
    assert not Payment.objects.get(reference="ord-2").is_void
    monkeypatch.undo()
    assert _resolve(raised, "upheld").state == "upheld"
    assert world.payment("ord-2").is_void


def test_what_the_intake_does_not_take_is_no_answer(world, monkeypatch):
    _two(world)
    raised = _dispute(world, "ord-2")
    other = crediting.event_about(world.payment("ord-2"), key=f"dispute:{raised.id}", now=NOW, minor=1)
    world.tell(other)
    with pytest.raises(services.Refused) as refused:
        _resolve(raised, "upheld")
    raised.refresh_from_db()
    assert (refused.value.code, raised.state) == ("not_taken", "raised")


def test_after_a_no_asking_rests_for_three_business_days(world):
    case = _two(world)
    resolved = _resolve(_dispute(world, "ord-2"), "rejected", answer="It was delivered.")
    assert (world.case().claimed_minor, resolved.answer) == (12900, "It was delivered.")
    # Wednesday the 25th; Monday the 30th is the third business day after it, and whole.
    assert [hold.until for hold in _running(case)] == [datetime(2026, 11, 30, 15, tzinfo=UTC)]


def test_three_business_days_over_seollal_are_a_week(world):
    case = _two(world)
    raised = _dispute(world, "ord-2")
    # Thursday 2027-02-04 in Seoul; Seollal is the 6th to the 9th (the 9th in lieu).
    _resolve(raised, "rejected", now=datetime(2027, 2, 4, 3, tzinfo=UTC))
    assert case.holds.get().until == datetime(2027, 2, 11, 15, tzinfo=UTC)


def test_a_no_without_a_reason_is_refused(world):
    _two(world)
    with pytest.raises(services.Refused) as refused:
        _resolve(_dispute(world, "ord-2"), "rejected", answer=" ")
    assert refused.value.code == "answer_missing"


def test_a_wrong_amount_is_put_right_and_the_rest_is_owed(world):
    _two(world)
    payment = world.payment("ord-2")
    _resolve(_dispute(world, "ord-2"), "rejected", credited={payment.id: 1000})
    assert (world.payment("ord-2").outstanding_minor, world.case().claimed_minor) == (2000, 11900)


@pytest.mark.parametrize(("minor", "code"), [(3001, "more_than_sold"), (-1, "more_than_sold")])
def test_no_more_is_credited_than_was_sold(world, minor, code):
    _two(world)
    with pytest.raises(services.Refused) as refused:
        _resolve(_dispute(world, "ord-2"), "rejected", credited={world.payment("ord-2").id: minor})
    assert refused.value.code == code


@pytest.mark.parametrize(("kind", "data"), [("voided", {}), ("credited", {"amount": 3000})])
def test_a_merchant_that_undoes_the_sale_has_upheld_the_dispute(world, kind, data):
    case = _two(world)
    raised = _dispute(world, "ord-2")
    world.says(f"payment.{kind}", "ord-2", **data)
    world.tick()
    raised.refresh_from_db()
    assert (raised.state, raised.ended_at) == ("upheld", world.now)
    assert "dispute_upheld" in kinds(case)


def test_a_payment_that_shows_up_ends_a_dispute_about_it(world):
    _two(world)
    raised = _dispute(world, "ord-2", reason="paid_already")
    world.pays("ord-2", 2999)
    world.tick()
    raised.refresh_from_db()
    assert raised.state == "raised"
    world.pays("ord-2", 1)
    world.tick()
    raised.refresh_from_db()
    assert raised.state == "void"


def test_money_does_not_answer_a_dispute_of_another_kind(world):
    _two(world)
    raised = _dispute(world, "ord-2", reason="not_delivered")
    world.pays("ord-2", 3000)
    world.tick()
    raised.refresh_from_db()
    assert raised.state == "raised"


def test_a_corrected_amount_that_is_paid_ends_a_dispute_about_it(world):
    _two(world)
    raised = _dispute(world, "ord-2")
    world.says("payment.credited", "ord-2", amount=1000)
    world.pays("ord-2", 2000)
    world.tick()
    raised.refresh_from_db()
    assert raised.state == "void"


def test_a_hold_of_a_dispute_ends_with_the_dispute_only(world):
    world.opened()
    raised = _dispute(world)
    with pytest.raises(services.Refused) as refused:
        services.end_hold(hold_id=raised.hold_id, **STAFF)
    assert refused.value.code == "hold_is_needed"


@pytest.mark.parametrize("cases", [2, 12])
def test_facts_end_disputes_in_the_same_queries_for_any_number(world, cases, django_assert_max_num_queries):
    for number in range(cases):
        world.owes(f"a-{number}", by=f"u-{number}")
        world.owes(f"b-{number}", by=f"u-{number}")
    world.tick()
    for number in range(cases):
        services.dispute(
            case_id=world.case(f"u-{number}").id, payment_ids=[world.payment(f"a-{number}").id],
            reason="paid_already", now=NOW, actor="customer",
        )  # fmt: skip
        world.pays(f"a-{number}")
    with django_assert_max_num_queries(30):
        assert services.reassess_touched(now=NOW).cases == cases
    assert not Dispute.objects.filter(state="raised").exists()
