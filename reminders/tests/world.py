"""A small world for the tests of planning and sending: cases told through intake, and a channel that keeps what it is given."""

from datetime import UTC, datetime
from importlib import import_module

from django.apps import apps

from accounts.tests.factories import event
from defaults.tests.world import World as Debts
from reminders.channels import Handed, OpenChannel
from reminders.models import ChannelSetup, DunningPolicy, Message
from reminders.services.plan import plan
from reminders.services.send import send_due

# A Wednesday at noon in Seoul, no holiday.
NOON = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def ensure_defaults() -> None:
    """What the migrations put in; a transactional test of any app may have flushed it."""
    if DunningPolicy.objects.exists():
        return
    texts = import_module("reminders.migrations.0002_default_texts")
    policy = import_module("reminders.migrations.0003_default_policy")
    letters = import_module("reminders.migrations.0007_letters")
    for fill in (texts.add_texts, letters.add_texts, policy.add_policy, policy.add_channels):
        fill(apps, None)


class RecordingChannel:
    """Keeps what it is given; answers what it is told to, else yes. `on_send` runs in the middle of the call."""

    def __init__(self, *answers, on_send=None) -> None:
        self.given = []
        self.known: dict[str, Handed] = {}
        self.answers = list(answers)
        self.on_send = on_send

    def send(self, outgoing):
        self.given.append(outgoing)
        if self.on_send:
            self.on_send(outgoing)
        return self.answers.pop(0) if self.answers else Handed(f"id-{len(self.given)}")

    def look_up(self, key, ref):
        return self.known.get(key)

    def close(self) -> None:
        pass


class World(Debts):
    def __init__(self, *answers, memory: str = ChannelSetup.Memory.NONE, on_send=None, **fields) -> None:
        ensure_defaults()
        super().__init__(**fields)
        self.channel = RecordingChannel(*answers, on_send=on_send)
        self.memory = memory
        self.now = NOON

    @property
    def channels(self) -> dict[str, OpenChannel]:
        return {"email": OpenChannel(self.memory, self.channel, 3600)}

    def debtor(self, number: int = 1, *, amount: int = 9900, email: str | None = None, **customer):
        """A customer with one overdue payment in a case; the case."""
        told = {
            "reference": f"u-{number}",
            "name": "김서연",
            "email": email or f"u{number}@example.com",
        } | customer
        self.owes(f"ord-{number}", amount, customer=told)
        self.tell(event("feed.heartbeat"))
        self.tick()
        return self.case(f"u-{number}")

    def plan(self, **options):
        return plan(now=self.now, limit=options.pop("limit", 10_000), **options)

    def send(self, *, limit: int = 100):
        return send_due(clock=lambda: self.now, channels=self.channels, limit=limit)

    def message(self, case) -> Message:
        return Message.objects.filter(case=case).latest("id")

    def queued(self, number: int = 1, **fields):
        """A debtor's case with its first message in the queue."""
        case = self.debtor(number, **fields)
        self.plan()
        return case
