"""Messages and decisions of a case for the tests of pages, set down as the services would have left them."""

from datetime import UTC, datetime, timedelta

from defaults.models import DefaultCase
from defaults.tests.showcase import NOW
from reminders.models import Decision, DunningPolicy, Message, PolicyVersion, Step
from reminders.services.said import seal_body, seal_sent_to

BODY = """김서연 님, 안녕하세요. Songbird입니다.

9,900원이 아직 결제되지 않았습니다.
- 웹툰 ‘달빛 극장’ 41–52화 · 2026년 11월 1일 · ₩9,900

여기에서 바로 확인하실 수 있습니다: http://localhost:8000/r/…/
"""


def policy_version() -> PolicyVersion:
    policy, _ = DunningPolicy.objects.get_or_create(
        slug="ladder-of-the-tests", defaults={"name": "Standard ladder"}
    )
    version, is_new = PolicyVersion.objects.get_or_create(
        policy=policy, number=1, defaults={"state": "live", "end_decision": "write_off", "end_after_days": 7}
    )
    if is_new:
        Step.objects.create(
            version=version, key="reminder-1", position=1, after_days=0, contact_class="D", channels=["email"],
            template_key="reminder-1",
        )  # fmt: skip
    return version


def sent(case: DefaultCase, *, step: str = "reminder-1", body: str = BODY) -> Message:
    """A reminder that was delivered three days ago."""
    at = NOW - timedelta(days=3)
    gate = decision(
        case, at=at, kind="step", verdict="allow", reason="due", at_gate=True, asked=[], step_key=step
    )
    made = Message.objects.create(
        case=case, customer=case.customer, policy_version=policy_version(), step_key=step, step_position=1,
        contact_class="D", channel="email", template_key="reminder-1", key=f"{case.pk}-{step}", state="delivered",
        due_at=at, queued_at=at, gate_decision=gate, language="ko", subject="[Songbird] 결제 확인 안내",
        claimed_minor=case.claimed_minor, contacted_at=at, ended_at=at + timedelta(seconds=4),
    )  # fmt: skip
    made.body = seal_body(body, message_id=made.pk)
    made.sent_to = seal_sent_to("reader@example.com", message_id=made.pk)
    made.save(update_fields=["body", "sent_to"])
    return made


def refused(case: DefaultCase) -> Decision:
    """Kept silent because it was night in Korea."""
    until = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    asked = [
        ["BASE-OWED", 1, "allow", None, "", {}],
        ["KR-NIGHT", 1, "defer", until.isoformat(), "night", {"zone": "Asia/Seoul"}],
    ]
    return decision(
        case, at=NOW - timedelta(minutes=20), kind="step", verdict="defer", rule="KR-NIGHT", until=until,
        reason="deferred", step_key="reminder-2", channel="email", asked=asked,
    )  # fmt: skip


def decision(case: DefaultCase, **fields) -> Decision:
    return Decision.objects.create(
        case=case, claimed_minor=case.claimed_minor, policy_version=policy_version(), **fields
    )
