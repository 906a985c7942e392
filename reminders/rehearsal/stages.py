"""Every scheduled job once round, each until nothing is due, at an instant that is told."""

from collections.abc import Callable, Mapping
from datetime import datetime

from accounts.services import retry_waiting
from accounts.services.asking import expire_checkouts
from accounts.services.gateway_events import apply_stored
from defaults import services as defaults

from ..channels import OpenChannel
from ..services.correspondence import answer
from ..services.deliveries import apply_deliveries
from ..services.plan import plan
from ..services.release import release
from ..services.send import send_due

LIMIT = 1000
# A stage that still finds work after so many calls is going in circles.
ENOUGH = 500


class NeverDone(RuntimeError):
    """A stage found work again and again at one instant."""


def work_off(*, now: datetime, channels: Mapping[str, OpenChannel]) -> None:
    """The beat's jobs in the order of the line, with `now` as the business clock."""
    channels = dict(channels)
    jobs: dict[str, Callable[[], int]] = {
        "retry parked": lambda: retry_waiting(now=now, limit=LIMIT),
        "apply gateway events": lambda: apply_stored(now=now, limit=LIMIT),
        "expire checkouts": lambda: expire_checkouts(now=now, limit=LIMIT),
        "open cases": lambda: defaults.open_cases(now=now).payments,
        "reassess": lambda: defaults.reassess_touched(now=now).cases,
        "note receipts": lambda: defaults.note_receipts(now=now),
        "expire": lambda: defaults.expire(now=now).found,
        "protect": lambda: sum(
            watch(now=now)
            for watch in (defaults.expire_adjustments, defaults.hold_minors, defaults.chase_duties)
        ),
        "plan": lambda: plan(now=now, limit=LIMIT).considered,
        "answer": lambda: answer(now=now, limit=LIMIT),
        "send": lambda: send_due(clock=lambda: now, channels=channels, limit=LIMIT).claimed,
        "release": lambda: release(channels=channels).found,
        "apply deliveries": lambda: apply_deliveries(now=now, limit=LIMIT),
    }
    for name, job in jobs.items():
        for _ in range(ENOUGH):
            if not job():
                break
        else:
            raise NeverDone(f"{name!r} still finds work at {now.isoformat()}.")
