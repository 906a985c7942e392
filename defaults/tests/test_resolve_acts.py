from datetime import date

import pytest

from accounts.models import ContactPreference
from defaults.models import AdjustmentRequest, CaseEvent, DefaultCase, Deferral, Dispute, Hold, PromiseToPay

from .showcase import NOW, case, songbird
from .visiting import Customer, is_born

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_worlds_instant")]


@pytest.fixture
def owed() -> DefaultCase:
    return case(songbird(), 0, items=2)


@pytest.fixture
def customer(owed) -> Customer:
    return Customer(owed)


def test_paid_already_is_a_hold_and_its_receipt_says_what_comes_next(owed, customer) -> None:
    page = customer.agree("paid")
    assert Hold.objects.filter(case=owed, reason="claimed_paid", ended_at=None).count() == 1
    assert "We have noted that you already paid" in page


def test_a_payment_date_is_summed_up_before_it_is_a_promise(owed, customer) -> None:
    summary = customer.send("date", on="2026-11-25").content.decode()
    assert "₩21,000" in summary
    assert "November 25, 2026" in summary
    assert not PromiseToPay.objects.exists()


def test_a_confirmed_payment_date_is_a_promise_with_its_hold(owed, customer) -> None:
    page = customer.agree("date", on="2026-11-25")
    promised = PromiseToPay.objects.get(case=owed)
    assert (promised.amount_minor, promised.on, promised.hold.ended_at) == (21_000, date(2026, 11, 25), None)
    assert "November 25, 2026" in page


@pytest.mark.parametrize("on", ["", "soon", "2026-11-19", "2026-12-21", "2026-02-30", "９９９９-01-01"])
def test_a_date_that_cannot_be_is_refused_with_the_days_that_can(customer, on) -> None:
    page = customer.send("date", on=on, confirm="yes").content.decode()
    assert "Choose a day from November 20, 2026 to December 20, 2026." in page
    assert not PromiseToPay.objects.exists()


def test_something_not_right_is_a_dispute_about_everything(owed, customer) -> None:
    page = customer.agree("dispute", reason="not_mine", text="I never bought this\x00")
    raised = Dispute.objects.get(case=owed)
    assert (raised.reason, raised.text, raised.payments.count()) == ("not_mine", "I never bought this", 2)
    assert "December 4, 2026" in page


def test_a_known_customer_disputes_one_item_and_still_owes_the_other(owed, customer) -> None:
    is_born(owed)
    customer.shows_who_they_are()
    item = owed.items.order_by("pk").first().payment
    customer.agree("dispute", reason="wrong_amount", item=[item.pk])
    assert list(Dispute.objects.get(case=owed).payments.all()) == [item]
    owed.refresh_from_db()
    assert owed.claimed_minor == 11_100


def test_a_dispute_of_single_items_needs_the_second_factor(owed, customer) -> None:
    item = owed.items.first().payment
    page = customer.send("dispute", reason="fraud", item=[item.pk], confirm="yes").content.decode()
    assert "show once more that it is you" in page
    assert not Dispute.objects.exists()


def test_a_dispute_needs_a_reason(customer) -> None:
    assert "Choose what is not right." in customer.send("dispute", reason="because").content.decode()


def test_who_cannot_pay_now_is_left_in_peace_for_three_months(owed, customer) -> None:
    page = customer.agree("cannot", reason="illness", text="Surgery")
    noted = Deferral.objects.get(case=owed)
    assert (noted.reason, noted.text, noted.hold.until.date()) == ("illness", "Surgery", date(2027, 2, 20))
    assert "This is paused" in page


def test_a_wish_to_change_the_debt_is_a_request_with_its_clock(owed, customer) -> None:
    page = customer.agree("change", text="Half of it next year")
    assert AdjustmentRequest.objects.get(case=owed).text == "Half of it next year"
    assert "Your request has arrived." in page


def test_stop_ends_messages_and_can_be_taken_back(owed, customer) -> None:
    assert "We send you no more messages" in customer.agree("stop")
    assert ContactPreference.objects.get(customer=owed.customer).stopped_at == NOW
    assert "You get messages again." in customer.agree("messages-again")
    assert ContactPreference.objects.get(customer=owed.customer).stopped_at is None


def test_a_known_customer_sets_language_channels_and_hours(owed, customer) -> None:
    is_born(owed)
    customer.shows_who_they_are()
    fields = {"language": "en", "channel": ["sms"], "day": ["0", "1"], "from": "09:00", "until": "12:30"}
    assert "Saved." in customer.agree("preferences", **fields)
    kept = ContactPreference.objects.get(customer=owed.customer)
    assert (kept.language, kept.blocked_channels) == ("en", ["sms"])
    assert kept.blocked_bands == [{"days": [0, 1], "from": "09:00", "until": "12:30"}]


def test_hours_beyond_the_limit_are_refused_in_words(owed, customer) -> None:
    is_born(owed)
    customer.shows_who_they_are()
    page = customer.agree("preferences", day=list("0123456"), **{"from": "08:00", "until": "21:00"})
    assert "more than 28 hours a week" in page


def test_preferences_are_for_who_is_known(customer) -> None:
    assert (
        "Is it you?"
        in customer.browser.get(customer.address("preferences"), {"lang": "en"}, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("paid", {}),
        ("stop", {}),
        ("date", {"on": "2026-11-25"}),
        ("dispute", {"reason": "fraud"}),
        ("cannot", {"reason": "income"}),
        ("change", {"text": "Less"}),
    ],
)
def test_an_answer_given_twice_is_one_answer(owed, customer, act, fields) -> None:
    customer.agree(act, **fields)
    before = CaseEvent.objects.filter(case=owed).count()
    assert customer.send(act, confirm="yes", **fields).status_code == 200
    assert CaseEvent.objects.filter(case=owed).count() == before


def test_an_answer_is_written_into_the_history_as_the_customers(owed, customer) -> None:
    customer.agree("paid")
    assert CaseEvent.objects.filter(case=owed, kind="claimed_paid", actor="customer").exists()


def test_a_receipt_of_what_was_never_said_leads_home(customer) -> None:
    for act in ("paid", "stop", "date", "dispute", "cannot", "change", "pay", "offer", "instalments"):
        answer = customer.browser.get(customer.address(act, "done"))
        assert answer["Location"] == customer.address()


def test_an_act_that_is_none_looks_like_a_wrong_link(customer) -> None:
    assert customer.browser.get(customer.address("pay-me")).status_code == 404
