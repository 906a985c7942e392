from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import ContactPreference, LedgerEntry, User
from defaults import services
from defaults.case_states import Outcome
from defaults.models import Dispute, Hold, PromiseToPay

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def _promise(world, **fields):
    told = {"case_id": world.case().id, "on": date(2026, 11, 27), "now": world.now, "actor": "customer"}
    return services.promise(**told | fields)


def test_a_promise_holds_the_case_until_the_business_day_after_it_is_over(world):
    world.opened()
    made = _promise(world)
    # The 27th is a Friday; the business day after it, Monday the 30th, ends at 15:00 UTC in Seoul.
    assert made.hold.until == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert (made.state, made.amount_minor, world.case().state) == ("made", 9900, "promised")
    assert kinds(world.case()) == ["opened", "promised", "moved"]


def test_a_promise_clicked_twice_is_one(world):
    world.opened()
    assert _promise(world) == _promise(world)
    assert Hold.objects.count() == 1


def test_a_second_promise_of_another_date_is_refused(world):
    world.opened()
    _promise(world)
    with pytest.raises(services.Refused, match="promised for 2026-11-27"):
        _promise(world, on=date(2026, 11, 28))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount_minor": 9901}, "amount_out_of_range"),
        ({"amount_minor": 0}, "amount_out_of_range"),
        ({"on": date(2026, 11, 24)}, "date_out_of_range"),
        ({"on": date(2026, 12, 26)}, "date_out_of_range"),
    ],
)
def test_a_promise_beyond_its_bounds_is_refused_and_leaves_nothing(world, fields, code):
    world.opened()
    with pytest.raises(services.Refused) as refused:
        _promise(world, **fields)
    assert refused.value.code == code
    assert Hold.objects.count() == 0


def test_money_keeps_a_promise_and_ends_its_hold(world):
    world.opened()
    made = _promise(world, amount_minor=5000)
    world.later(days=1)
    world.pays("ord-1", 5000)
    world.tick()
    made.refresh_from_db()
    assert (made.state, made.ended_at, made.hold.ended_at) == ("kept", world.now, world.now)
    assert (world.case().state, world.case().claimed_minor) == ("open", 4900)


def test_less_money_does_not_keep_a_promise(world):
    world.opened()
    made = _promise(world, amount_minor=5000)
    world.pays("ord-1", 4999)
    world.tick()
    made.refresh_from_db()
    assert (made.state, world.case().state) == ("made", "promised")


def test_a_promise_that_passes_without_money_is_broken_and_the_case_reviewed(world):
    world.opened()
    made = _promise(world)
    world.later(days=7)
    world.tick()
    made.refresh_from_db()
    case = world.case()
    assert (made.state, made.hold.ended_at) == ("broken", made.hold.until)
    assert (case.state, case.next_review_at) == ("open", world.now)
    assert kinds(case)[-3:] == ["hold_ended", "promise_broken", "moved"]


def test_a_promise_is_void_when_nothing_is_owed_any_more(world):
    world.opened()
    made = _promise(world)
    world.says("payment.voided", "ord-1")
    world.tick()
    made.refresh_from_db()
    assert (made.state, world.case().outcome) == ("void", "withdrawn")


def test_a_dispute_takes_only_its_payments_out_of_the_claim(world):
    world.owes("ord-2", 3000)
    case = world.opened()
    raised = services.dispute(
        case_id=case.id, payment_ids=[world.payment("ord-2").id], reason="not_mine", now=NOW, actor="customer"
    )
    case = world.case()
    assert (case.state, case.claimed_minor) == ("open", 9900)
    assert (raised.answer_due_on, raised.hold) == (date(2026, 12, 9), None)


def test_a_case_disputed_as_a_whole_stays_open_under_its_hold(world):
    case = world.opened()
    services.dispute(case_id=case.id, reason="not_mine", now=NOW, actor="customer")
    assert (world.case().state, world.case().claimed_minor) == ("open", 0)
    assert Hold.objects.running(NOW).filter(case=case, reason="dispute").exists()


def test_a_dispute_is_void_when_the_case_is_paid_before_anybody_answers(world):
    case = world.opened()
    raised = services.dispute(case_id=case.id, reason="not_mine", now=NOW, actor="customer")
    world.says("payment.paid", "ord-1", amount=9900)
    world.tick()
    raised.refresh_from_db()
    assert (raised.state, world.case().outcome) == ("void", "cured")


def test_a_dispute_clicked_twice_is_one(world):
    case = world.opened()
    first, second = (
        services.dispute(case_id=case.id, reason="not_mine", now=NOW, actor="customer") for _ in range(2)
    )
    assert first == second
    assert Dispute.objects.count() == 1


def test_a_payment_of_somebody_else_cannot_be_disputed(world):
    case = world.opened()
    other = world.owes("ord-9", by="u-9")
    with pytest.raises(services.Refused):
        services.dispute(
            case_id=case.id, payment_ids=[other.id], reason="not_mine", now=NOW, actor="customer"
        )


def test_a_dispute_without_an_answer_goes_to_staff(world):
    case = world.opened()
    services.dispute(case_id=case.id, reason="not_mine", now=NOW, actor="customer")
    world.later(days=16)
    world.tick()
    assert world.case().needs_staff
    assert kinds(case).count("sent_to_review") == 1


def test_a_claim_of_having_paid_is_quiet_for_three_business_days(world):
    case = world.opened()
    hold = services.claim_paid(case_id=case.id, now=NOW, actor="customer")
    # Wednesday the 25th; Monday the 30th is the third business day after it.
    assert hold.until == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert services.claim_paid(case_id=case.id, now=NOW, actor="customer") == hold
    world.later(days=6)
    world.tick()
    hold.refresh_from_db()
    assert (hold.ended_at, world.case().next_review_at) == (hold.until, world.now)


def test_a_stop_is_kept_until_it_is_taken_back(world):
    case = world.opened()
    customer = {"customer_id": case.customer_id, "now": NOW, "actor": "customer"}
    assert [services.stop_contact(**customer), services.stop_contact(**customer)] == [True, False]
    assert ContactPreference.objects.get().stopped_at == NOW
    assert [services.resume_contact(**customer), services.resume_contact(**customer)] == [True, False]
    assert kinds(case) == ["opened", "contact_stopped", "contact_resumed"]


def test_a_hold_on_a_customer_tells_every_live_case_and_ends_by_hand(world):
    case = world.opened()
    hold = services.hold_customer(customer_id=case.customer_id, reason="lawyer", now=NOW, actor="staff:mina")
    services.end_hold(hold_id=hold.id, now=NOW + timedelta(days=1), actor="staff:mina")
    assert not services.end_hold(hold_id=hold.id, now=NOW + timedelta(days=2), actor="staff:mina")
    assert kinds(case) == ["opened", "held", "hold_ended"]


@pytest.mark.parametrize("outcome", [Outcome.FORGIVEN, Outcome.WRITTEN_OFF])
def test_a_policy_closes_and_the_ledger_says_so(world, outcome):
    case = world.opened()
    made = _promise(world)
    closed = services.close_by_policy(
        case_ids=[case.id], outcome=outcome, now=NOW, actor="system", reason="end of the ladder"
    )
    made.refresh_from_db()
    assert closed == [case.id]
    assert (world.case().outcome, made.state) == (outcome.value, PromiseToPay.State.VOID)
    assert LedgerEntry.objects.get(to_account=outcome.value).amount_minor == 9900
    world.tick()
    assert world.case() == case


def test_a_policy_does_not_close_what_is_disputed(world):
    case = world.opened()
    services.dispute(case_id=case.id, reason="not_mine", now=NOW, actor="customer")
    assert services.close_by_policy(
        case_ids=[case.id], outcome=Outcome.FORGIVEN, now=NOW, actor="system", reason="end"
    ) == []  # fmt: skip
    assert not LedgerEntry.objects.filter(to_account="forgiven").exists()


def test_an_act_on_a_closed_case_is_refused(world):
    case = world.opened()
    world.pays("ord-1")
    world.tick()
    with pytest.raises(services.Refused) as refused:
        services.claim_paid(case_id=case.id, now=NOW, actor="customer")
    assert refused.value.code == "case_closed"


def test_a_stale_assignment_does_not_win(world):
    case = world.opened()
    mina = User.objects.create_user("mina")
    services.assign(case_id=case.id, assignee_id=mina.id, version=1, now=NOW, actor="staff:mina")
    with pytest.raises(services.StaleEdit):
        services.assign(case_id=case.id, assignee_id=None, version=1, now=NOW, actor="staff:jo")


def test_a_case_sent_to_review_waits_for_a_person(world):
    case = world.opened()
    assert services.send_to_review(case_ids=[case.id], now=NOW, actor="system", reason="no_address") == 1
    assert (world.case().needs_staff, world.case().next_review_at) == (True, None)
    services.end_review(case_id=case.id, now=NOW, actor="staff:mina", reason="address found")
    assert (world.case().needs_staff, world.case().next_review_at) == (False, NOW)


def test_a_link_finds_its_case_until_it_expires_or_is_revoked(world, django_assert_num_queries):
    case = world.opened()
    token = services.create_link(case_id=case.id, now=NOW)
    with django_assert_num_queries(2):
        found = services.find_case_by_token(token=token, now=NOW)
        assert (found, found.merchant.name, found.customer.reference) == (case, "Songbird", "u-1")
    assert services.find_case_by_token(token=token, now=NOW + timedelta(days=30)) is None
    assert services.find_case_by_token(token=token + "x", now=NOW) is None
    services.revoke_links(case_id=case.id, now=NOW)
    assert services.find_case_by_token(token=token, now=NOW) is None


@pytest.mark.parametrize("cases", [3, 30])
def test_expiry_takes_the_same_queries_for_any_number(world, cases, django_assert_num_queries):
    for number in range(cases):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.tick()
    for number in range(cases):
        services.promise(
            case_id=world.case(f"u-{number}").id, on=date(2026, 11, 26), now=NOW, actor="customer"
        )
    with django_assert_num_queries(31):
        assert services.expire(now=NOW + timedelta(days=9)).promises == cases
