"""One act on many cases: exactly those chosen, under the rules of a single act, each by itself."""

import pytest

from defaults.models import Approval, DefaultCase
from defaults.services.desk import add_note
from defaults.tests.world import kinds
from reminders.models import Job, JobRow, Message
from reminders.services import case_acts
from reminders.services.jobs import NothingChosen, counts_of, retry_failed, stop_job

from .acting import agency, terms
from .bulking import Bulk, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Bulk:
    return Bulk()


def owners() -> list[str | None]:
    return list(DefaultCase.objects.order_by("pk").values_list("assignee__username", flat=True))


def test_every_case_chosen_is_acted_on_and_no_other(shop) -> None:
    job = shop.bulk("claim", cases=DefaultCase.objects.filter(pk__lt=shop.cases[2].pk))
    assert (owners(), job.total, job.state) == (["mina", "mina", None], 2, "done")
    assert [kinds(case)[-1] for case in shop.cases] == ["claimed", "claimed", "opened"]


def test_rows_stand_in_the_order_of_the_list(shop) -> None:
    job = shop.ask("claim", cases=DefaultCase.objects.order_by("-pk"))
    assert list(job.rows.order_by("pk").values_list("case_id", flat=True)) == [
        case.pk for case in reversed(shop.cases)
    ]


def test_a_case_that_comes_later_is_not_in_the_job(shop) -> None:
    job = shop.ask("claim")
    shop.debtor(9)
    shop.work(job)
    assert owners() == ["mina", "mina", "mina", None]


@pytest.mark.parametrize("cases", [DefaultCase.objects.none(), DefaultCase.objects.filter(pk=0)])
def test_nothing_chosen_is_no_job(shop, cases) -> None:
    with pytest.raises(NothingChosen):
        shop.ask("claim", cases=cases)
    assert Job.objects.count() == 0


def test_a_case_changed_since_it_was_chosen_is_left_and_named(shop) -> None:
    job = shop.ask("claim")
    add_note(case_id=shop.cases[1].pk, text="Called.", now=shop.now, actor="staff:jo")
    shop.work(job)
    assert rows_of(job) == [("done", ""), ("failed", "stale_version"), ("done", "")]
    assert owners() == ["mina", None, "mina"]


def test_what_failed_can_be_tried_again(shop) -> None:
    job = shop.ask("claim")
    add_note(case_id=shop.cases[1].pk, text="Called.", now=shop.now, actor="staff:jo")
    shop.work(job)
    assert retry_failed(job=job, maker=shop.asker().maker) == 1
    shop.work(job)
    assert (rows_of(job), owners()) == ([("done", "")] * 3, ["mina"] * 3)


def test_beyond_authority_an_approval_is_opened_for_each_case(shop) -> None:
    job = shop.bulk("write-off", reason="No address left.")
    assert rows_of(job) == [("asked", "needs_approval")] * 3
    assert Approval.objects.filter(asked_by="staff:mina", action="write-off").count() == 3


def test_within_authority_it_is_done(shop) -> None:
    shop.bulk("write-off", user=shop.person("jo", "lead"), reason="No address left.")
    assert set(DefaultCase.objects.values_list("state", flat=True)) == {"closed"}


def test_what_is_refused_stops_nobody_else(shop) -> None:
    shop.bulk("promise", cases=DefaultCase.objects.filter(pk=shop.cases[1].pk), on="2026-11-30")
    job = shop.bulk("promise", on={"in_days": 7})
    assert rows_of(job) == [("done", ""), ("refused", "already_promised"), ("done", "")]


def test_a_poisoned_row_stops_nobody_else(shop, monkeypatch) -> None:
    perform = case_acts.perform

    def poisoned(**given):
        if given["case_id"] == shop.cases[1].pk:
            raise ZeroDivisionError
        return perform(**given)

    monkeypatch.setattr("reminders.services.job_acts.perform", poisoned)
    job = shop.bulk("claim")
    assert rows_of(job) == [("done", ""), ("failed", "internal_error"), ("done", "")]
    assert job.state == "done"


def test_the_same_again_is_told_as_unchanged(shop) -> None:
    shop.bulk("claim")
    assert rows_of(shop.bulk("claim")) == [("done", "unchanged")] * 3


def test_reminders_go_through_the_same_rules_and_every_row_tells_its_verdict(shop) -> None:
    shop.bulk("hold", cases=DefaultCase.objects.filter(pk=shop.cases[0].pk), reason="hardship")
    job = shop.bulk("remind")
    assert rows_of(job) == [("done", "wait"), ("done", "send"), ("done", "send")]
    assert Message.objects.filter(state="queued").count() == 2


def test_a_part_of_what_is_claimed_is_offered_to_each(shop) -> None:
    terms(shop, discount_percent=50)
    shop.owes("ord-more", 1000, by="u-2")
    shop.tick()
    job = shop.bulk("offer", pay={"percent": 90}, expires_on={"in_days": 14})
    assert rows_of(job) == [("done", "")] * 3
    assert [case.offers.get().pay_minor for case in shop.cases] == [8910, 9810, 8910]


def test_instalments_are_equal_parts_of_what_each_claims(shop) -> None:
    shop.bulk("plan", instalments={"parts": 4, "in_days": 7, "every_days": 30})
    plan = shop.cases[0].plans.get()
    assert [one.amount_minor for one in plan.instalments.order_by("due_on")] == [2475] * 4


def test_a_sum_in_another_currency_is_refused(shop) -> None:
    job = shop.bulk("waive", amount={"amount": 100, "currency": "USD"}, reason="Goodwill.")
    assert rows_of(job) == [("refused", "currency_mismatch")] * 3


def test_what_an_act_is_about_is_found_in_each_case(shop) -> None:
    shop.bulk("dispute", cases=DefaultCase.objects.filter(pk=shop.cases[0].pk), reason="not_mine")
    job = shop.bulk("resolve-dispute", verdict="upheld", answer="You are right.")
    assert rows_of(job)[0][0] == "done"
    assert rows_of(job)[1:] == [("refused", "unknown_dispute")] * 2


def test_a_stopped_job_begins_no_further_case(shop) -> None:
    job = shop.ask("claim")
    stop_job(job=job, maker=shop.asker().maker)
    shop.work(job)
    assert (owners(), counts_of(job)) == ([None] * 3, {("dropped", ""): 3})


def test_rights_that_ended_meanwhile_end_the_job(shop) -> None:
    job = shop.ask("claim")
    shop.mina.merchants.clear()
    shop.work(job)
    assert rows_of(job) == [("refused", "no_longer_allowed")] * 3


def test_a_role_won_meanwhile_does_not_count(shop) -> None:
    job = shop.ask("write-off", reason="No address left.")
    type(shop.mina).objects.update(role="lead")
    shop.work(job)
    assert rows_of(job) == [("asked", "needs_approval")] * 3


def test_what_always_takes_two_takes_two(shop) -> None:
    agency(shop)
    job = shop.bulk("place", user=shop.person("jo", "lead"), agency="fairway")
    assert {state for state, _ in rows_of(job)} <= {"asked", "refused"}
    assert JobRow.objects.filter(state="done").count() == 0
