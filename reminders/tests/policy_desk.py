"""A lead at the policy editor, for the tests of its pages."""

from django.test import Client

from accounts.models import Merchant, User
from defaults.tests.showcase import staff
from reminders.models import DunningPolicy, PolicyVersion, Step
from reminders.tests.world import ensure_defaults


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def lead(*merchants: Merchant, name: str = "mina", **fields) -> Client:
    return client_of(staff(name, role="lead", merchants=merchants, **fields))


def ladder(merchant: Merchant | None, *, slug: str = "comics", number: int = 7) -> PolicyVersion:
    """A policy whose version in force has two steps, with the texts that the product ships."""
    ensure_defaults()
    policy = DunningPolicy.objects.create(merchant=merchant, slug=slug, name="Comics KR")
    version = PolicyVersion.objects.create(
        policy=policy,
        number=number,
        state="live",
        end_decision="write_off",
        end_after_days=7,
        reason="As agreed.",
    )
    for position, (key, days) in enumerate([("reminder-1", 0), ("reminder-2", 5)], 1):
        Step.objects.create(
            version=version, key=key, position=position, after_days=days, contact_class="D",
            channels=["email", "sms"], template_key=key,
        )  # fmt: skip
    version.refresh_from_db()
    return version


def address(version: PolicyVersion, rest: str = "") -> str:
    return f"/policy/{version.policy.slug}/v{version.number}/{rest}"


def draft_of(client: Client, version: PolicyVersion) -> PolicyVersion:
    answer = client.post(f"/policy/{version.policy.slug}/draft/", {"from": version.number})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return PolicyVersion.objects.order_by("-pk").first()


def fresh(version: PolicyVersion) -> PolicyVersion:
    return PolicyVersion.objects.get(pk=version.pk)
