"""Working a case over HTTP: every act on the version that was read, answered with the case as it is then."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import LedgerEntry
from accounts.tests.api_client import pointer, problem
from defaults.models import CaseEvent, DefaultCase, Hold, PromiseToPay
from defaults.tests.world import kinds
from reminders.models import Message
from reminders.services.case_acts import ACTS

from .acting import key_worker, terms, worker
from .world import World

pytestmark = pytest.mark.django_db
STAFF_ONLY = sorted(name for name, act in ACTS.items() if not act.for_merchants)


@pytest.fixture
def world(monkeypatch) -> World:
    world = World()
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    return world


@pytest.fixture
def agent(world):
    return worker("agent", world.merchant, "mina")


@pytest.fixture
def lead(world):
    return worker("lead", world.merchant, "jo")


def row(case: DefaultCase) -> DefaultCase:
    return DefaultCase.objects.get(pk=case.pk)


def test_an_act_answers_the_case_with_its_next_version(world, agent) -> None:
    case = world.debtor()
    answer = agent.act(case, "note", text="Called; will pay on Friday.")
    assert answer.status_code == 200, answer.content
    assert answer.json()["version"] == case.version + 1
    assert answer["ETag"] == f'"{case.version + 1}"'


def test_an_act_needs_the_version_that_was_read(world, agent) -> None:
    case = world.debtor()
    assert problem(agent.post(f"cases/{case.number}/note/", {"text": "x"})) == (428, "version_needed")
    assert "note" not in kinds(case)


@pytest.mark.parametrize("version", [0, 99])
def test_a_stale_act_is_answered_with_the_present_case_and_who_changed_it(
    world, agent, lead, version
) -> None:
    case = world.debtor()
    lead.act(case, "note", text="I was here first.")
    answer = agent.act(case, "hold", version=version, reason="staff")
    body = answer.json()
    assert (answer.status_code, body["code"], body["changed_by"]) == (412, "stale_version", "staff:jo")
    assert body["case"]["version"] == row(case).version
    assert answer["ETag"] == f'"{row(case).version}"'
    assert not Hold.objects.exists()


@pytest.mark.parametrize("header", ['"{}"', 'W/"{}"', '"1000", "{}"'])
def test_the_version_is_read_as_entity_tags_are_written(world, agent, header) -> None:
    case = world.debtor()
    tag = {"If-Match": header.format(case.version)}
    assert agent.post(f"cases/{case.number}/note/", {"text": "x"}, **tag).status_code == 200


def test_a_repeated_act_under_one_key_is_done_once(world, agent) -> None:
    case = world.debtor()
    version = case.version
    answers = [
        agent.act(case, "record-payment", version=version, key="pay-1", amount=900, method="cash")
        for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert world.payment("ord-1").outstanding_minor == 9000


def test_claiming_and_assigning(world, agent, lead) -> None:
    case = world.debtor()
    assert agent.act(case, "claim").json()["assignee"] == "mina"
    assert lead.act(case, "claim").json()["assignee"] == "jo"
    assert lead.act(case, "assign", assignee="mina").json()["assignee"] == "mina"
    assert lead.act(case, "assign", assignee=None).json()["assignee"] is None


def test_a_case_goes_only_to_somebody_who_may_see_it(world, lead) -> None:
    worker("agent", World().merchant, "stranger")
    answer = lead.act(world.debtor(), "assign", assignee="stranger")
    assert problem(answer) == (422, "invalid_request")
    assert pointer(answer) == "/assignee"


def test_a_hold_of_a_case_and_its_release(world, agent) -> None:
    case = world.debtor()
    (hold,) = agent.act(case, "hold", reason="hardship", until="2026-12-24T00:00:00+09:00").json()["holds"]
    assert (hold["reason"], hold["until"], hold["scope"]) == ("hardship", "2026-12-23T15:00:00Z", "case")
    assert agent.act(case, "release", hold=hold["id"]).json()["holds"] == []


def test_a_hold_of_the_customer_until_a_day(world, agent) -> None:
    case = world.debtor()
    answer = agent.act(case, "hold", reason="lawyer", until="2026-12-24", scope="customer")
    (hold,) = answer.json()["holds"]
    assert (hold["scope"], hold["until"]) == ("customer", "2026-12-23T15:00:00Z")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"reason": "promise"}, "/reason"),
        ({"reason": "staff", "until": "tomorrow"}, "/until"),
        ({"reason": "staff", "until": "2026-12-24T00:00:00"}, "/until"),
        ({"reason": "staff", "until": "2026-11-01T00:00:00Z"}, "/until"),
        ({"reason": "staff", "scope": "everybody"}, "/scope"),
        ({"reason": "staff", "extra": 1}, "/extra"),
        ({}, "/reason"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(world, agent, body, place) -> None:
    answer = agent.act(world.debtor(), "hold", **body)
    assert problem(answer) == (422, "invalid_request")
    assert pointer(answer) == place
    assert not Hold.objects.exists()


def test_only_the_cases_own_hold_is_released(world, agent) -> None:
    case, other = world.debtor(1), world.debtor(2)
    (hold,) = agent.act(other, "hold", reason="staff").json()["holds"]
    assert pointer(agent.act(case, "release", hold=hold["id"])) == "/hold"
    assert Hold.objects.get().ended_at is None


def test_the_hold_of_a_promise_ends_with_the_promise(world, agent) -> None:
    case = world.debtor()
    (hold,) = agent.act(case, "promise", on="2026-11-30").json()["holds"]
    assert problem(agent.act(case, "release", hold=hold["id"])) == (409, "ends_with_agreement")


@pytest.mark.parametrize("amount", [9900, {"amount": 9900, "currency": "KRW"}])
def test_a_promise_is_taken_and_shown(world, agent, amount) -> None:
    answer = agent.act(world.debtor(), "promise", amount=amount, on="2026-11-30").json()
    (agreement,) = answer["agreements"]
    assert (answer["state"], agreement["kind"], agreement["state"]) == ("promised", "promise", "made")
    assert (agreement["amount"], agreement["on"]) == ({"amount": 9900, "currency": "KRW"}, "2026-11-30")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"on": "2027-03-01"}, "date_out_of_range"),
        ({"on": "2026-11-30", "amount": 9901}, "amount_out_of_range"),
    ],
)
def test_a_promise_that_cannot_be_is_refused(world, agent, body, code) -> None:
    assert problem(agent.act(world.debtor(), "promise", **body)) == (409, code)
    assert not PromiseToPay.objects.exists()


def test_an_amount_in_another_currency_is_refused(world, agent) -> None:
    sum_ = {"amount": 100, "currency": "USD"}
    answer = agent.act(world.debtor(), "promise", amount=sum_, on="2026-11-30")
    assert (problem(answer)[0], pointer(answer)) == (422, "/amount")


def test_an_offer_is_made_and_accepted_for_the_customer(world, agent) -> None:
    terms(world)
    case = world.debtor()
    (offer,) = agent.act(case, "offer", pay=8000, expires_on="2026-12-05").json()["agreements"]
    assert (offer["kind"], offer["state"], offer["on"]) == ("offer", "live", "2026-12-05")
    body = agent.act(case, "accept-offer", offer=offer["id"]).json()
    assert (body["state"], body["agreements"][0]["state"]) == ("in_plan", "accepted")


def test_an_offer_beyond_authority_waits_for_a_second_person(world, agent) -> None:
    terms(world)
    answer = agent.act(world.debtor(), "offer", pay=6000, expires_on="2026-12-05")
    assert (answer.status_code, answer.json()["approval"]["args"]) == (
        403,
        {"pay": 6000, "expires_on": "2026-12-05"},
    )


def test_an_offer_below_the_floor_is_nobodys_to_make(world, lead) -> None:
    terms(world, floor_percent=50)
    assert problem(lead.act(world.debtor(), "offer", pay=4000, expires_on="2026-12-05")) == (
        409,
        "below_floor",
    )


def test_instalments_are_agreed_and_shown(world, agent) -> None:
    instalments = [{"amount": 5000, "on": "2026-11-30"}, {"amount": 4900, "on": "2026-12-30"}]
    answer = agent.act(world.debtor(), "plan", instalments=instalments)
    assert answer.status_code == 200, answer.content
    (plan,) = answer.json()["agreements"]
    assert (answer.json()["state"], plan["kind"], plan["on"]) == ("in_plan", "plan", "2026-12-30")
    assert [(one["amount"], one["on"]) for one in plan["instalments"]] == [
        (5000, "2026-11-30"),
        (4900, "2026-12-30"),
    ]


def test_a_dispute_about_one_of_two_payments(world, agent) -> None:
    world.owes("ord-2", 5000)
    case = world.debtor()
    body = agent.act(case, "dispute", payments=["ord-2"], reason="not_mine", text="Never bought it.").json()
    assert {item["payment"]: item["disputed"] for item in body["items"]} == {"ord-1": False, "ord-2": True}
    assert body["claimed"]["amount"] == 9900


def test_a_dispute_about_somebody_elses_payment_is_refused(world, agent) -> None:
    world.debtor(2)
    answer = agent.act(world.debtor(1), "dispute", payments=["ord-2"], reason="fraud")
    assert (problem(answer)[0], pointer(answer)) == (422, "/payments")


@pytest.mark.parametrize("verdict", ["upheld", "rejected"])
def test_a_dispute_is_answered(world, agent, verdict) -> None:
    case = world.debtor()
    agent.act(case, "dispute", reason="wrong_amount")
    dispute = case.disputes.get()
    answer = agent.act(
        case, "resolve-dispute", dispute=dispute.pk, verdict=verdict, answer="We looked at it."
    )
    assert answer.status_code == 200, answer.content
    dispute.refresh_from_db()
    assert dispute.state == verdict


def test_recorded_money_counts_at_once_and_closes_the_case(world, agent) -> None:
    case = world.debtor()
    assert agent.act(case, "record-payment", amount=900, method="cash").json()["claimed"]["amount"] == 9000
    body = agent.act(case, "record-payment", amount=9000, method="bank_transfer").json()
    assert (body["state"], body["outcome"]) == ("closed", "cured")
    assert kinds(case).count("money_received") == 2


def test_a_waiver_releases_a_part_for_good(world, agent) -> None:
    case = world.debtor()
    assert agent.act(case, "waive", amount=900, reason="Late notice.").json()["claimed"]["amount"] == 9000
    entry = LedgerEntry.objects.get(to_account="waived")
    assert (entry.amount_minor, entry.act) == (900, "staff:mina: Late notice.")


def test_no_more_is_waived_than_is_claimed(world, agent) -> None:
    merchant = key_worker(world.merchant)
    answer = merchant.act(world.debtor(), "waive", amount=9901, reason="all of it")
    assert problem(answer) == (409, "more_than_open")


def test_a_lead_writes_off_and_money_that_comes_is_recovered(world, lead) -> None:
    case = world.debtor()
    body = lead.act(case, "write-off", reason="No address left.").json()
    assert (body["state"], body["outcome"]) == ("closed", "written_off")
    assert lead.act(case, "recover", amount=4000, method="cash").status_code == 200
    assert LedgerEntry.objects.filter(kind="recovery", amount_minor=4000).exists()


def test_only_what_was_given_up_is_recovered(world, lead) -> None:
    case = world.debtor()
    assert problem(lead.act(case, "recover", amount=1, method="cash")) == (409, "not_given_up")


def test_a_closed_case_goes_on_in_a_linked_one_for_review(world, lead) -> None:
    case = world.debtor()
    lead.act(case, "write-off", reason="No address left.")
    answer = lead.act(case, "reopen", reason="They moved; new address.")
    assert answer.status_code == 200, answer.content
    linked = DefaultCase.objects.latest("id")
    assert (linked.previous_case_id, linked.needs_staff, linked.claimed_minor) == (case.pk, True, 9900)
    assert answer.json()["number"] == linked.number
    assert answer["Content-Location"] == f"/api/v1/cases/{linked.number}/"
    assert row(case).state == "closed"


@pytest.mark.parametrize("action", ["promise", "hold", "record-payment", "remind", "recall", "dispute"])
def test_a_closed_case_takes_no_such_act(world, agent, action) -> None:
    case = world.debtor()
    world.pays("ord-1")
    world.tick()
    bodies = {
        "promise": {"on": "2026-11-30"},
        "hold": {"reason": "staff"},
        "record-payment": {"amount": 1, "method": "cash"},
        "dispute": {"reason": "fraud"},
    }
    assert problem(agent.act(case, action, **bodies.get(action, {}))) == (409, "case_closed")


def test_a_cured_case_has_nothing_to_reopen(world, lead) -> None:
    case = world.debtor()
    world.pays("ord-1")
    world.tick()
    assert problem(lead.act(case, "reopen", reason="why not")) == (409, "nothing_open")


def test_a_reminder_goes_by_the_rules_of_a_run_and_answers_the_decision(world, agent) -> None:
    case = world.debtor()
    body = agent.act(case, "remind").json()
    assert (body["kind"], body["step"], body["verdict"]) == ("send", "reminder-1", "allow")
    assert body["rules"]
    assert world.message(case).state == "queued"


def test_at_night_a_reminder_waits_for_the_morning(world, agent) -> None:
    case = world.debtor()
    world.later(hours=11)
    body = agent.act(case, "remind").json()
    assert (body["kind"], body["next_lawful_at"]) == ("wait", "2026-11-25T23:00:00Z")
    assert not Message.objects.exists()


def test_no_step_is_taken_out_of_its_order(world, agent) -> None:
    case = world.debtor()
    assert problem(agent.act(case, "remind", step="last-notice")) == (409, "not_the_next_step")
    assert agent.act(case, "remind", step="reminder-1").status_code == 200


def test_a_message_is_taken_back_before_it_leaves(world, agent) -> None:
    case = world.queued()
    message = world.message(case)
    assert agent.act(case, "cancel-message", message=message.pk).status_code == 200
    assert world.message(case).state == "cancelled"
    world.send()
    assert world.channel.given == []


@pytest.mark.django_db(transaction=True)
def test_a_message_that_left_is_not_taken_back(world, agent) -> None:
    case = world.queued()
    world.send()
    answer = agent.act(case, "cancel-message", message=world.message(case).pk)
    assert problem(answer) == (409, "already_ended")


@pytest.mark.parametrize("action", sorted(ACTS))
def test_somebody_elses_case_looks_like_none(world, agent, action) -> None:
    theirs = World().debtor()
    callers = [agent, key_worker(world.merchant)]
    for caller in callers:
        foreign, none = (
            caller.post(f"cases/{number}/{action}/", {}, **{"If-Match": '"1"'})
            for number in (theirs.number, "AM-999999")
        )
        assert problem(foreign) == problem(none) == (404, "not_found")
    assert kinds(theirs) == kinds(row(theirs))


@pytest.mark.parametrize("action", STAFF_ONLY)
def test_what_is_for_staff_is_not_for_merchants_keys(world, action) -> None:
    case = world.debtor()
    assert problem(key_worker(world.merchant).act(case, action)) == (403, "staff_only")
    assert row(case).version == case.version


@pytest.mark.parametrize("action", sorted(ACTS))
def test_a_key_that_may_only_read_does_nothing(world, action) -> None:
    case = world.debtor()
    assert problem(key_worker(world.merchant, "read").act(case, action)) == (403, "missing_scope")


def test_a_merchants_key_decides_about_its_own_money(world) -> None:
    case, merchant = world.debtor(), key_worker(world.merchant)
    assert merchant.act(case, "waive", amount=9000, reason="Our mistake.").json()["claimed"]["amount"] == 900
    assert merchant.act(case, "write-off", reason="Our mistake.").json()["outcome"] is not None
    assert CaseEvent.objects.get(case=case, kind="waived").actor.startswith("merchant:")


@pytest.mark.parametrize("action", ["next", "bulk", "explode"])
def test_an_act_that_is_none_is_not_found(world, agent, action) -> None:
    assert agent.act(world.debtor(), action).status_code == 404


def test_an_act_is_no_reading(world, agent) -> None:
    assert agent.get(f"cases/{world.debtor().number}/hold/").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_of_five_edits_of_one_version_one_wins_and_four_are_told_who_won(monkeypatch) -> None:
    world = World()
    monkeypatch.setattr("common.clock.now", lambda: world.now)
    workers = [worker("agent", world.merchant, f"agent-{number}") for number in range(5)]
    cases = [world.debtor(number) for number in range(1, 41)]
    statuses: list[list[int]] = []
    for case in cases:
        statuses.append(sorted(_at_once(workers, case)))
    assert statuses == [[200, 412, 412, 412, 412]] * len(cases)
    assert CaseEvent.objects.filter(kind="note").count() == len(cases)


def _at_once(workers, case) -> list[int]:
    answers, ready = [], threading.Barrier(len(workers))

    def edit(one) -> None:
        ready.wait(30)
        answers.append(one.act(case, "note", version=case.version, text="mine"))
        connection.close()

    threads = [threading.Thread(target=edit, args=[one]) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    losers = [answer.json() for answer in answers if answer.status_code == 412]
    assert all(body["changed_by"].startswith("staff:agent-") for body in losers)
    return [answer.status_code for answer in answers]


def test_an_act_takes_effect_at_the_instant_of_the_business_clock(world, agent) -> None:
    case = world.debtor()
    world.later(days=1)
    agent.act(case, "note", text="x")
    assert CaseEvent.objects.get(case=case, kind="note").at == world.now
    assert world.now - case.opened_at >= timedelta(days=1)
