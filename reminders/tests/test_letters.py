"""What customers are told beside the ladder: every text in both languages, with live values, and nothing half filled."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import transaction

from accounts.models import ContactPoint
from defaults.models import (
    AdjustmentRequest,
    Agency,
    DefaultCase,
    Deferral,
    Dispute,
    Hold,
    PaymentPlan,
    Placement,
    PromiseToPay,
    ResolutionLink,
    SettlementOffer,
)
from defaults.services.history import Entry, append
from defaults.services.links import code_of, create_link
from reminders.channels import OpenChannel
from reminders.correspondence import LETTERS, values_of
from reminders.models import Message, Template
from reminders.rendering import unknown_placeholders
from reminders.services.correspondence import answer
from reminders.services.said import open_body
from reminders.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = list(import_module("reminders.migrations.0007_letters").texts())
NAMES = [f"{key}-{channel}-{language}" for key, channel, language, *_ in TEXTS]
IN_TEN_DAYS = timedelta(days=10)


def told(case: DefaultCase, kind: str, *, now, **data) -> None:
    """An entry of that kind in the case's history, and nothing else."""
    with transaction.atomic():
        DefaultCase.objects.select_for_update().get(pk=case.pk)
        append([Entry(case_id=case.pk, kind=kind, at=now, actor="system", data=data)])


def hold(case, reason: str, now) -> Hold:
    return Hold.objects.create(
        customer=case.customer,
        case=case,
        reason=reason,
        placed_by="customer",
        starts_at=now,
        until=now + IN_TEN_DAYS,
    )


def promise(case, now):
    row = PromiseToPay.objects.create(
        case=case, amount_minor=9900, outstanding_before_minor=9900, on=date(2026, 12, 1), made_at=now,
        hold=hold(case, "promise", now),
    )  # fmt: skip
    return {"promise": row.pk}


def live_offer(case, now):
    return SettlementOffer.objects.create(
        case=case, state="live", pay_minor=7920, outstanding_minor=9900, floor_minor=4950, items=[],
        made_by="system", made_at=now, expires_at=now + IN_TEN_DAYS,
    )  # fmt: skip


def offer(case, now):
    row = live_offer(case, now)
    row.state, row.accepted_at, row.pay_until = "accepted", now, now + timedelta(days=3, minutes=7)
    row.save()
    return {"offer": row.pk}


def plan(case, now):
    row = PaymentPlan.objects.create(
        case=case, state="live", total_minor=9900, items=[], made_by="customer", made_at=now,
        hold=hold(case, "plan", now),
    )  # fmt: skip
    row.instalments.create(number=1, due_on=date(2026, 11, 20), amount_minor=3300)
    row.instalments.create(number=2, due_on=date(2026, 12, 20), amount_minor=6600)
    return {"plan": row.pk, "until": (now + IN_TEN_DAYS).isoformat()}


def dispute(case, now):
    row = Dispute.objects.create(
        case=case,
        reason="not_mine",
        raised_at=now,
        answer_due_on=date(2026, 12, 9),
        answer="기록을 확인했습니다.",
    )
    row.payments.set([item.payment for item in case.items.all()])
    return {"dispute": row.pk}


def deferral(case, now):
    row = Deferral.objects.create(
        case=case, reason="illness", asked_by="customer", asked_at=now, hold=hold(case, "hardship", now)
    )
    return {"deferral": row.pk}


def adjustment(case, now):
    row = AdjustmentRequest.objects.create(
        case=case, state="requested", asked_by="customer", asked_at=now, decide_by=now + IN_TEN_DAYS,
        accept_by=now + IN_TEN_DAYS, proposal="3회로 나눕니다.", refusal="소득이 확인되지 않습니다.",
        hold=hold(case, "protection", now),
    )  # fmt: skip
    row.state = "offered"
    row.save()
    return {"adjustment": row.pk}


def placement(case, now):
    agency = Agency.objects.create(
        slug="hanbit", name="한빛신용", email="a@example.com", contact_line="02-000-0000"
    )
    row = Placement.objects.create(
        case=case, agency=agency, state="announced", announced_by="staff:lead", announced_at=now,
        place_at=now + IN_TEN_DAYS, hold=hold(case, "placement", now),
    )  # fmt: skip
    return {"placement": row.pk}


def code(case, now):
    create_link(case_id=case.pk, now=now)
    link = ResolutionLink.objects.latest("id")
    link.code_nonce, link.code_expires_at, link.code_tries_left = "a" * 32, now + timedelta(minutes=10), 5
    link.save()
    return {"link": link.pk}


def money(case, now):
    return {"amount_minor": 3300, "payments": [[case.items.get().payment_id, 3300]]}


ABOUT: dict[str, Callable] = {
    "adjustment": adjustment, "code": code, "credit": money, "deferral": deferral, "disput": dispute,
    "link": lambda case, now: {}, "money": money, "offer": offer, "placement": placement, "plan": plan,
    "promise": promise,
}  # fmt: skip


def about(kind: str) -> Callable:
    return next(make for start, make in ABOUT.items() if kind.startswith(start))


class Letters(World):
    """A debtor for each kind of entry, told of it by one channel in one language."""

    def __init__(self, *kinds: str, channel: str = "email", language: str = "ko") -> None:
        super().__init__()
        self.cases = {kind: self.told_of(kind, language) for kind in kinds or sorted(LETTERS)}
        if channel == "sms":
            ContactPoint.objects.filter(channel="email").update(health="bounced")
        assert answer(now=self.now) == len(self.cases)
        while self.send().claimed:
            pass

    @property
    def channels(self):
        return {name: OpenChannel("none", self.channel) for name in ("email", "sms")}

    def told_of(self, kind: str, language: str) -> DefaultCase:
        number = DefaultCase.objects.count() + 1
        case = self.debtor(number, locale=language, phone=f"+8210000000{number:02d}")
        told(case, kind, now=self.now, **about(kind)(case, self.now))
        return case

    def text(self, kind: str) -> str:
        return open_body(Message.objects.get(case=self.cases[kind], answers__isnull=False))


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_kind_of_entry_is_told_in_every_language_by_every_channel(language, channel):
    letters = Letters(language=language, channel=channel)
    sent = {m.answers.kind: (m.state_reason or m.state) for m in Message.objects.select_related("answers")}
    assert sent == dict.fromkeys(LETTERS, "sent")
    assert set(Message.objects.values_list("language", "channel")) == {(language, channel)}
    bodies = {kind: letters.text(kind) for kind in LETTERS}
    assert not [kind for kind, body in bodies.items() if "{" in body or "\n\n\n" in body or "None" in body]
    assert [kind for kind, body in bodies.items() if "/r/" not in body] == ["code_asked"]


def test_the_terms_agreed_to_are_told_to_the_unit_with_what_agreeing_does():
    body = Letters("offer_accepted").text("offer_accepted")
    for part in (
        "₩7,920",
        "₩9,900",
        "₩1,980",
        "2026년 11월 28일 12:07",
        "제168조 제3호",
        "다시 청구하지 않습니다",
    ):
        assert part in body


def test_the_instalments_are_told_one_by_one():
    body = Letters("plan_made").text("plan_made")
    assert "- 1/2 · 2026년 11월 20일 · ₩3,300\n- 2/2 · 2026년 12월 20일 · ₩6,600" in body


def test_a_missed_instalment_is_told_although_its_plan_silences_demands_and_counts_as_a_contact():
    letters = Letters("plan_missed")
    message = Message.objects.get(answers__kind="plan_missed")
    assert (message.contact_class, message.claimed_minor) == ("I", 9900)
    assert message.claims == [letters.payment("ord-1").pk]
    assert "₩3,300" in letters.text("plan_missed")


def test_a_code_is_told_without_a_way_in():
    letters = Letters("code_asked")
    link = ResolutionLink.objects.get(case=letters.cases["code_asked"])
    assert code_of(link) in letters.text("code_asked")


def test_a_code_that_is_over_is_not_told():
    world = World()
    case = world.debtor()
    told(case, "code_asked", now=world.now, **code(case, world.now))
    answer(now=world.now)
    world.later(minutes=11)
    world.send()
    assert Message.objects.values_list("state", "state_reason").get() == ("cancelled", "overtaken")


def test_part_of_a_payment_leaves_the_rest_named():
    world = Letters("money_received")
    body = world.text("money_received")
    assert "₩3,300" in body
    assert "남아 있는 금액은 ₩9,900" in body


def test_after_hardship_the_ladder_speaks_softer():
    world = World()
    case = world.queued()
    Hold.objects.create(
        customer=case.customer, case=case, reason="hardship", placed_by="customer",
        starts_at=world.now - IN_TEN_DAYS, until=world.now, ended_at=world.now,
    )  # fmt: skip
    world.send()
    assert "조심스럽게" in world.channel.given[0].body


@pytest.mark.parametrize(("locale", "words"), [("ko", "민법 제168조"), ("en", "Civil Act, articles 168")])
def test_the_offer_step_tells_what_stands_and_what_agreeing_does(locale, words):
    world = World()
    case = world.queued(locale=locale)
    Message.objects.update(template_key="offer", contact_class="O", step_key="offer")
    live_offer(case, world.now)
    world.send()
    body = world.channel.given[0].body
    assert all(part in body for part in ("₩7,920", "₩1,980", words))


def test_the_offer_step_without_an_offer_tells_of_none():
    world = World()
    world.queued()
    Message.objects.update(template_key="offer", contact_class="O", step_key="offer")
    world.send()
    body = world.channel.given[0].body
    assert "대신" not in body
    assert "\n\n\n" not in body


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_a_text_asks_only_for_what_there_is_and_says_who_writes(text):
    key, channel, _, _, subject, body = text
    assert not unknown_placeholders(subject, body, key=key)
    assert {"{merchant}", "{case}", "{contact}"} <= {
        f"{{{name}}}" for name in values_of(key) if f"{{{name}}}" in body
    }
    assert ("{link}" in body) == (key != "code")
    first_line = subject if channel == "email" else body.splitlines()[0]
    assert not [
        name
        for name in ("amount", "paid", "agreed", "missed", "answer", "items")
        if f"{{{name}}}" in first_line
    ]


@pytest.mark.parametrize(
    "word", ["(광고)", "할인", "쿠폰", "특가", "소송", "압류", "신용정보", "연체", "미납", "채무"]
)
def test_no_subject_or_first_line_shows_a_debt_and_no_text_promotes_or_threatens(word):
    shown = [body.splitlines()[0] + subject for *_, subject, body in TEXTS]
    assert not [line for line in shown if word in line]
    if word != "채무":
        assert not [body for *_, body in TEXTS if word in body]


def test_the_texts_are_those_in_the_database():
    World()
    stored = Template.objects.filter(merchant=None).values_list("key", "channel", "language", "version")
    assert {text[:4] for text in TEXTS} <= set(stored)
