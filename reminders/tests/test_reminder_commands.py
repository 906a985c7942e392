"""The commands of this stage, as an operator types them."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from reminders.models import Decision, Message, Run
from reminders.tests.world import NOON, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOON)
    for command in ("run_reminders", "sweep", "why", "send_hold"):
        monkeypatch.setattr(f"reminders.management.commands.{command}.now", lambda: NOON)


def call(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_run_reminders_queues_and_counts():
    World().debtor()
    said = call("run_reminders")
    assert "1 cases considered" in said
    assert "1 messages queued" in said
    run = Run.objects.get()
    assert (run.state, run.considered, run.counts, run.total) == ("done", 1, {"send": 1}, 1)
    assert Decision.objects.get().run == run


def test_a_dry_run_counts_and_writes_nothing():
    World().debtor()
    said = call("run_reminders", "--dry-run")
    assert "send" in said
    assert (Run.objects.count(), Decision.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_a_dry_run_looks_ahead_and_a_real_one_may_not():
    World().debtor()
    assert "KR-NIGHT" in call("run_reminders", "--dry-run", "--as-of", "2026-11-26T02:00+09:00")
    with pytest.raises(CommandError, match="future"):
        call("run_reminders", "--as-of", "2026-11-26T02:00+09:00")


def test_one_merchant_alone_can_be_run():
    one, other = World(), World()
    one.debtor(1)
    other.debtor(1)
    assert "1 cases considered" in call("run_reminders", "--merchant", one.merchant.slug)
    with pytest.raises(CommandError, match="no merchant"):
        call("run_reminders", "--merchant", "nobody")


def test_on_nothing_every_command_says_so():
    assert "0 cases considered" in call("run_reminders")
    assert {row["found"] for row in json.loads(call("sweep", "--once", "--json"))} == {0}
    assert "off" in call("send_hold", "status")


def test_why_names_every_rule_asked_and_the_next_lawful_minute():
    world = World()
    case = world.debtor()
    world.plan()
    said = call("why", case.number)
    assert "every rule allows it" in said
    assert "KR-NIGHT" in said
    assert "BASE-STOP" in said
    assert "Next lawful minute: Nov 25, 2026 12:00" in said
    with pytest.raises(CommandError, match="AM-000123"):
        call("why", "AM-1")


def test_why_at_an_instant_before_any_decision():
    case = World().debtor()
    assert "No decision had been taken by then." in call("why", case.number, "--at", "2026-11-01T00:00Z")


def test_the_send_hold_goes_on_and_off_and_remembers_why():
    with pytest.raises(CommandError, match="--reason"):
        call("send_hold", "on")
    call("send_hold", "on", "--reason", "restored copy")
    assert "restored copy" in call("send_hold", "status")
    assert "stopped already" in call("send_hold", "on", "--reason", "again")
    call("send_hold", "off")
    assert "off" in call("send_hold", "status")
