import secrets
from datetime import timedelta

import pytest

from common import clock
from defaults.models import CaseEvent, DefaultCase
from defaults.services.links import create_link, create_links, revoke_links

from .showcase import NOW, case, phone, songbird

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_worlds_instant")]
TRIES = 10_000


@pytest.fixture
def owed() -> DefaultCase:
    return case(songbird(), 0)


def wrong_tokens(owed: DefaultCase) -> list[str]:
    """Mutated, expired, revoked and absent ones, a quarter each."""
    quarter = TRIES // 4
    expired = [create_link(case_id=owed.pk, now=NOW - timedelta(days=31)) for _ in range(10)]
    revoked = [create_link(case_id=owed.pk, now=NOW) for _ in range(10)]
    revoke_links(case_id=owed.pk, now=NOW)
    good = create_links(case_ids=[owed.pk], now=NOW)[owed.pk]
    mutated = [
        good[: place % 43] + secrets.choice("-_xQ7".replace(good[place % 43], "")) + good[place % 43 + 1 :]
        for place in range(quarter)
    ]
    absent = [secrets.token_urlsafe(32) for _ in range(quarter)]
    return mutated + expired * (quarter // 10) + revoked * (quarter // 10) + absent


def test_ten_thousand_wrong_tokens_cannot_be_told_apart(client, owed) -> None:
    seen = set()
    for token in wrong_tokens(owed):
        answer = client.get(f"/r/{token}/")
        headers = tuple(sorted((k, v) for k, v in answer.items() if k not in ("X-Request-ID", "Date")))
        seen.add((answer.status_code, len(answer.content), headers, bool(answer.cookies)))
    assert len(seen) == 1
    assert next(iter(seen))[0] == 404


@pytest.mark.parametrize("text", ["x", "가나다", "a" * 3000, "%00", "..%2f", "case", "new-link%20"])
def test_odd_tokens_look_like_any_wrong_one(client, text) -> None:
    answer, usual = client.get(f"/r/{text}/"), client.get(f"/r/{secrets.token_urlsafe(32)}/")
    assert (answer.status_code, answer.content) == (404, usual.content)


def ask(client, number: str, address: str):
    return client.post("/r/new-link/", {"number": number, "address": address})


def test_the_answer_to_asking_for_a_link_is_the_same_for_all(client, owed) -> None:
    right = ask(client, owed.number, f"reader{owed.merchant_id}.0@example.com")
    others = [
        ask(client, owed.number, "else@example.com"),
        ask(client, "AM-999999", "x"),
        ask(client, "\x00", ""),
        ask(client, "AM-" + "9" * 30, "0"),
    ]
    assert {(one.status_code, one.content) for one in others} == {(right.status_code, right.content)}


def test_a_link_asked_for_by_mail_address_is_noted_for_sending(client, owed) -> None:
    ask(client, owed.number.lower(), f" READER{owed.merchant_id}.0@example.com ")
    assert CaseEvent.objects.get(case=owed, kind="link_asked").actor == "customer"


def test_a_link_asked_for_by_phone_as_people_write_it_is_noted(client, owed) -> None:
    national = "0" + phone(owed.merchant, 0).removeprefix("+82")
    ask(client, owed.number, f"{national[:3]}-{national[3:7]}-{national[7:]}")
    assert CaseEvent.objects.filter(case=owed, kind="link_asked").exists()


@pytest.mark.parametrize("address", ["", "else@example.com", "+821000000000", "0000", "김서연"])
def test_nobody_elses_address_gets_a_link(client, owed, address) -> None:
    ask(client, owed.number, address)
    assert not CaseEvent.objects.filter(kind="link_asked").exists()


def test_a_link_is_asked_for_once_in_ten_minutes(client, owed, monkeypatch) -> None:
    address = f"reader{owed.merchant_id}.0@example.com"
    ask(client, owed.number, address)
    ask(client, owed.number, address)
    assert CaseEvent.objects.filter(kind="link_asked").count() == 1
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=11))
    ask(client, owed.number, address)
    assert CaseEvent.objects.filter(kind="link_asked").count() == 2


def test_opening_the_form_for_a_link_writes_nothing(client, owed) -> None:
    assert client.get("/r/new-link/").status_code == 200
    assert not CaseEvent.objects.filter(kind="link_asked").exists()
