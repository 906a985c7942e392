"""The page of a customer: what it tells, what it hides, and who may do what."""

import pytest
from django.test import Client

from accounts.models import AuditEvent, ContactPoint, Customer
from accounts.services.contacts import masked, seal_address
from accounts.services.persons import records_of
from accounts.tests.factories import merchant
from common import clock
from defaults.models import Dispute
from defaults.services.dispute import dispute
from defaults.services.holds import hold_customer, stop_contact
from defaults.services.preferences import set_preferences
from defaults.tests.showcase import NOW, case, closed_case, pay, phone, songbird, staff
from reminders.models import Suppression
from reminders.tests.showcase import sent
from reminders.tests.world import ensure_defaults

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    ensure_defaults()
    return songbird()


@pytest.fixture
def at_noon(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def signed_in(seller, role: str = "agent") -> Client:
    client = Client()
    client.force_login(staff(role, role=role, merchants=(seller,)))
    return client


@pytest.fixture
def desk(seller, at_noon) -> Client:
    return signed_in(seller)


def page_of(desk, made, **asked):
    return desk.get(f"/customer/{made.customer_id}/", asked)


def text(page) -> str:
    return page.content.decode()


def figures(page) -> dict[str, str]:
    return {one["word"]: one["value"] for one in page.context["figures"]}


def numbers(page) -> list[str]:
    return [line["case"].number for line in page.context["cases"]]


def alike(made, other) -> None:
    """Give the other customer the first one's e-mail address."""
    ContactPoint.objects.filter(customer=other.customer_id, channel="email").update(
        fingerprint=ContactPoint.objects.get(customer=made.customer_id, channel="email").fingerprint
    )


def test_somebody_elses_customer_looks_like_none(desk) -> None:
    theirs = case(merchant("papercut", name="Papercut"), 1)
    answers = [
        desk.get(f"/customer/{key}/") for key in (theirs.customer_id, 2**40, theirs.number, "AM-999999", "x")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("act", ["show", "join", "separate"])
def test_nobody_acts_on_somebody_elses_customer_nor_by_get(desk, act) -> None:
    theirs = case(merchant("papercut"), 1)
    given = {"reason": "because", "what": "email", "record": theirs.customer_id, "reference": "x"}
    assert desk.post(f"/customer/{theirs.customer_id}/{act}/", given).status_code == 404
    assert desk.get(f"/customer/{theirs.customer_id}/{act}/").status_code == 405
    assert not AuditEvent.objects.exists()


def test_a_case_number_leads_to_its_customer(desk, seller) -> None:
    made = case(seller, 1)
    assert desk.get(f"/customer/{made.number}/").url == f"/customer/{made.customer_id}/"


def test_sums_by_currency_share_paid_disputes_and_messages_of_the_week(desk, seller) -> None:
    made = case(seller, 0, items=2)
    sent(made)
    dispute(
        case_id=made.pk, payment_ids=[made.items.first().payment_id], reason=Dispute.Reason.values[0],
        actor="customer", now=NOW,
    )  # fmt: skip
    told = figures(page_of(desk, made))
    assert told["Owes"] == "₩21,000"
    assert told["Paid"] == "0 %"
    assert told["Disputes"] == "1"
    assert told["Messages this week"].endswith(" of 7")


def test_every_number_leads_to_the_cases_it_counts(desk, seller) -> None:
    made, ended = case(seller, 0), closed_case(seller, 1)
    type(ended).objects.filter(pk=ended.pk).update(customer=made.customer_id)
    for one in page_of(desk, made).context["figures"]:
        assert one["to"].startswith(f"/customer/{made.customer_id}/")
    assert numbers(page_of(desk, made)) == [made.number, ended.number]
    assert numbers(page_of(desk, made, only="KRW")) == [made.number]
    assert numbers(page_of(desk, made, only="closed")) == [ended.number]
    assert numbers(page_of(desk, made, only="disputed")) == []


def test_what_is_paid_is_counted(desk, seller) -> None:
    made = case(seller, 0, items=3)
    pay(made)
    assert figures(page_of(desk, made)) | {"Messages this week": ""} == {
        "Owes": "₩0", "Paid": "100 %", "Disputes": "0", "Messages this week": ""
    }  # fmt: skip


def test_messages_stand_in_one_line_with_their_end_and_exactly_as_sent(desk, seller) -> None:
    made = case(seller, 0)
    sent(made, body="결제가 확인되지 않았습니다.\n감사합니다.")
    ended = sent(made, step="reminder-2")
    type(ended).objects.filter(pk=ended.pk).update(state="cancelled", state_reason="BASE-STOP")
    page = page_of(desk, made)
    assert [line["reason"] for line in page.context["messages"]] == [
        "The customer asked for no more messages",
        "",
    ]
    assert "결제가 확인되지 않았습니다.\n감사합니다." in text(page)
    assert made.number in text(page)


def test_more_messages_than_a_page_holds_are_reached_by_the_next(desk, seller) -> None:
    made = case(seller, 0)
    for number in range(1, 34):
        sent(made, step=f"reminder-{number}")
    first = page_of(desk, made)
    rest = desk.get(first.context["older"])
    assert [len(page.context["messages"]) for page in (first, rest)] == [30, 3]


def test_wishes_stops_and_bars_are_told(desk, seller) -> None:
    made = case(seller, 0)
    band = {"days": [0, 2], "from": "19:00", "until": "21:00"}
    set_preferences(
        customer_id=made.customer_id,
        now=NOW,
        actor="customer",
        blocked_channels=["sms"],
        blocked_bands=[band],
    )
    hold_customer(customer_id=made.customer_id, reason="lawyer", now=NOW, actor="staff:mina")
    stop_contact(customer_id=made.customer_id, now=NOW, actor="customer")
    point = ContactPoint.objects.get(customer=made.customer_id, channel="email")
    Suppression.objects.create(channel="email", fingerprint=point.fingerprint, reason="complaint")
    shown = text(page_of(desk, made))
    for words in (
        "stopped since",
        "text message",
        "Mon, Wed 19:00–21:00",
        "a complaint",
        "represented by a lawyer",
    ):
        assert words in shown


def test_addresses_are_masked_on_every_page(desk, seller) -> None:
    made = case(seller, 0)
    sent(made)
    Customer.objects.filter(pk=made.customer_id).update(birth_date="1990-05-17")
    email, number = f"reader{seller.pk}.0@example.com", phone(seller, 0)
    pages = [
        page_of(desk, made),
        desk.get(f"/case/{made.number}/"),
        desk.get(f"/case/{made.number}/print/"),
        desk.get(f"/case/{made.number}/pane/", headers={"HX-Request": "true"}),
        desk.get("/customers/"),
    ]
    for page in pages:
        assert page.status_code == 200
        for secret in (email, number, "reader@example.com", "1990"):
            assert secret not in text(page)
    assert masked("email", email) in text(pages[0])


@pytest.mark.parametrize(("channel", "value", "shown"), [
    ("email", "reader@example.com", "r•••@example.com"), ("email", "a@b.kr", "•••@b.kr"), ("email", "", ""),
    ("sms", "+821055500012", "+82••••••12"),
])  # fmt: skip
def test_a_mask_leaves_little(channel, value, shown) -> None:
    assert masked(channel, value) == shown


def test_an_address_is_shown_once_for_a_reason_that_is_written_down_first(desk, seller) -> None:
    made = case(seller, 0)
    email = f"reader{seller.pk}.0@example.com"
    given = {"what": "email", "record": made.customer_id, "reason": "Customer calls about a typing error"}
    answer = desk.post(f"/customer/{made.customer_id}/show/", given)
    assert email in text(answer)
    assert "no-store" in answer["Cache-Control"]
    entry = AuditEvent.objects.get()
    assert (entry.actor, entry.kind, entry.what, entry.reason) == (
        "staff:agent", "detail_shown", "email", "Customer calls about a typing error",
    )  # fmt: skip
    assert (entry.customer_id, entry.merchant_id, entry.at, entry.address) == (
        made.customer_id, seller.pk, NOW, "127.0.0.1",
    )  # fmt: skip
    assert email not in text(page_of(desk, made))


@pytest.mark.parametrize("reason", ["", "  ", "abc"])
def test_nothing_is_shown_without_a_reason(desk, seller, reason) -> None:
    made = case(seller, 0)
    given = {"what": "email", "record": made.customer_id, "reason": reason}
    answer = desk.post(f"/customer/{made.customer_id}/show/", given)
    assert f"reader{seller.pk}.0@" not in text(answer)
    assert answer.context["error"]
    assert not AuditEvent.objects.exists()


def test_the_entry_stays_when_the_address_does_not_open(desk, seller) -> None:
    made = case(seller, 0)
    stolen = seal_address(customer_id=2**40, channel="email", value="x@example.com")
    ContactPoint.objects.filter(customer=made.customer_id, channel="email").update(sealed=stolen)
    assert "does not open" in text(page_of(desk, made))
    given = {"what": "email", "record": made.customer_id, "reason": "customer calls"}
    answer = desk.post(f"/customer/{made.customer_id}/show/", given)
    assert answer.status_code == 200
    assert answer.context["error"]
    assert AuditEvent.objects.filter(kind="detail_shown").count() == 1


def test_a_birth_date_takes_a_lead(seller, at_noon) -> None:
    made = case(seller, 0)
    Customer.objects.filter(pk=made.customer_id).update(birth_date="1990-05-17")
    given = {"what": "birth_date", "record": made.customer_id, "reason": "checking age"}
    told = {
        role: text(signed_in(seller, role).post(f"/customer/{made.customer_id}/show/", given))
        for role in ("agent", "lead")
    }
    assert "1990-05-17" not in told["agent"]
    assert "1990-05-17" in told["lead"]
    assert list(AuditEvent.objects.values_list("actor", flat=True)) == ["staff:lead"]


def test_the_recipient_of_a_message_is_shown_the_same_way(desk, seller) -> None:
    made = case(seller, 0)
    message = sent(made)
    given = {"what": "recipient", "message": message.pk, "reason": "customer says it never came"}
    assert "reader@example.com" in text(desk.post(f"/customer/{made.customer_id}/show/", given))
    assert AuditEvent.objects.get().what == f"recipient {made.number} reminder-1"


def test_details_of_another_customer_are_not_shown_through_ones_own(desk, seller) -> None:
    mine, other = case(seller, 0), case(seller, 1)
    message = sent(other)
    for given in (
        {"what": "email", "record": other.customer_id},
        {"what": "recipient", "message": message.pk},
    ):
        answer = desk.post(f"/customer/{mine.customer_id}/show/", given | {"reason": "because"})
        assert answer.status_code == 404
    assert not AuditEvent.objects.exists()


def test_who_has_the_same_address_is_named_with_their_cases(desk, seller) -> None:
    made, other = case(seller, 0), case(seller, 1)
    alike(made, other)
    (line,) = page_of(desk, made).context["alike"]
    assert (line["record"].pk, line["shared"], line["may_join"]) == (other.customer_id, ["e-mail"], True)
    assert [one["case"].number for one in line["cases"]] == [other.number]


def test_who_has_the_same_address_elsewhere_is_named_to_those_who_may_see_them(desk, seller) -> None:
    shop = merchant("papercut", name="Papercut")
    made, other = case(seller, 0), case(shop, 1)
    alike(made, other)
    assert page_of(desk, made).context["alike"] == []
    both = Client()
    both.force_login(staff("both", merchants=(seller, shop)))
    (line,) = page_of(both, made).context["alike"]
    assert (line["record"].pk, line["may_join"]) == (other.customer_id, False)
    assert both.post(
        f"/customer/{made.customer_id}/join/", {"record": other.customer_id, "reason": "same"}
    ).context["error"]
    assert records_of(made.customer_id) == [made.customer_id]


def test_joined_records_are_one_page_and_separate_again(desk, seller) -> None:
    made, other = case(seller, 0), case(seller, 1)
    sent(other)
    given = {"reference": other.customer.reference, "reason": "same e-mail"}
    assert desk.post(f"/customer/{made.customer_id}/join/", given).status_code == 302
    page = page_of(desk, made)
    assert set(numbers(page)) == {made.number, other.number}
    assert figures(page)["Owes"] == "₩19,800"
    assert [line["number"] for line in page.context["messages"]] == [other.number]
    assert other.number in text(desk.get(f"/case/{made.number}/"))
    desk.post(
        f"/customer/{made.customer_id}/separate/", {"record": other.customer_id, "reason": "two people"}
    )
    assert numbers(page_of(desk, made)) == [made.number]


def test_a_join_that_is_refused_keeps_the_words(desk, seller) -> None:
    made = case(seller, 0)
    given = {"reference": "nobody", "reason": "my words"}
    page = desk.post(f"/customer/{made.customer_id}/join/", given)
    assert page.context["error"]
    assert "my words" in text(page)


def test_the_page_costs_the_same_queries_however_much_there_is(
    desk, seller, django_assert_max_num_queries
) -> None:
    made = case(seller, 0)
    sent(made)
    alike(made, case(seller, 1))
    with django_assert_max_num_queries(50) as few:
        page_of(desk, made)
    for number in range(2, 6):
        sent(made, step=f"reminder-{number}")
        alike(made, case(seller, number))
        closed = closed_case(seller, number + 10)
        type(closed).objects.filter(pk=closed.pk).update(customer=made.customer_id)
    with django_assert_max_num_queries(50) as many:
        page_of(desk, made)
    assert len(few) == len(many)
