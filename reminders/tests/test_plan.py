"""Planning: every due case decided, every decision stored, one message a step."""

import pytest

from reminders.models import Decision, Message
from reminders.tests.world import World

pytestmark = pytest.mark.django_db


def test_a_due_case_gets_its_first_message_and_a_decision_that_says_why():
    world = World()
    case = world.debtor()
    result = world.plan()
    assert (result.considered, result.messages, dict(result.counts)) == (1, 1, {"send": 1})
    message = Message.objects.get()
    assert (message.case, message.step_key, message.channel, message.state) == (
        case,
        "reminder-1",
        "email",
        "queued",
    )
    assert message.key == f"{case.number}:reminder-1:email:v1"
    decision = Decision.objects.get()
    assert (decision.kind, decision.verdict, decision.claimed_minor) == ("send", "allow", 9900)
    assert len(decision.asked) > 10
    assert {entry[2] for entry in decision.asked} == {"allow"}
