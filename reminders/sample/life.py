"""Living through the story: events, scheduled jobs and what people do, day by day on a business clock up to now."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Channel, Merchant
from accounts.services import record_events
from defaults import services as defaults
from defaults.models import DefaultCase, Dispute

from ..channels import OpenChannel, open_channels
from ..channels.record import RecordChannel
from ..models import ChannelSetup
from ..rehearsal.stages import work_off
from .cast import ANSWER, DISPUTES, HARDSHIP, NOTE
from .story import DAYS, Told, event_of

HOME = ZoneInfo("Asia/Seoul")
# Long enough that a weekend without messages leaves some mail to look at.
MAILED = timedelta(days=4)
# Both in the hours of Seoul; the evening is the morning of London.
MORNING, EVENING = time(9, 5), time(18, 35)
MORNINGS = 14


def instants(now: datetime) -> list[datetime]:
    """The evening of each day, for the last days their mornings too, then now."""
    today = now.astimezone(HOME).date()
    found = [
        datetime.combine(today - timedelta(days=ago), clock, tzinfo=HOME)
        for ago in range(DAYS, -1, -1)
        for clock in (MORNING, EVENING)
        if clock == EVENING or ago < MORNINGS
    ]
    return [at for at in found if at < now] + [now]


def live(
    *, told: list[Told], merchants: Mapping[str, Merchant], seed: int, now: datetime
) -> Iterator[datetime]:
    """Yield every instant once it is over. The last messages go out by the channels that are set up."""
    world = _World(told, merchants, random.Random(seed + 1))  # noqa: S311 - a repeatable world, no secret
    recording = {name: OpenChannel(ChannelSetup.Memory.KEY, RecordChannel()) for name in Channel.values}
    with open_channels() as real:
        for at in instants(now):
            world.tell_until(at)
            work_off(now=at, channels=real if now - at < MAILED else recording)
            if at.time() == EVENING or at == now:
                world.act(at, is_last=at == now)
            yield at


class _World:
    """What is still to come, and the people who act on open cases."""

    def __init__(self, told: list[Told], merchants: Mapping[str, Merchant], chance: random.Random):
        self._ahead, self._merchants, self._chance = sorted(told), merchants, chance
        self._days = 0

    def tell_until(self, at: datetime) -> None:
        """Every shop tells what has happened, or at least that it is alive."""
        events: dict[str, list[dict]] = defaultdict(list)
        while self._ahead and self._ahead[0].at <= at:
            next_one = self._ahead.pop(0)
            events[next_one.shop].append(next_one.event)
        for slug, merchant in self._merchants.items():
            alive = event_of("feed.heartbeat", f"{at:%Y%m%d%H%M}", at, {})
            record_events(merchant_id=merchant.pk, events=[*events[slug], alive], now=at)

    def act(self, at: datetime, *, is_last: bool) -> None:
        """What customers and staff do on this evening; on the last one a little of everything."""
        self._days += 1
        for every, act in (
            (2, self._promise),
            (3, self._dispute),
            (4, self._claim_paid),
            (5, self._hold),
            (6, self._note),
            (9, self._stop),
        ):
            if is_last or self._days % every == 0:
                act(at)
        self._answer_disputes(at)

    def _some_case(self) -> DefaultCase | None:
        """An open case nobody has said anything about yet."""
        quiet = DefaultCase.objects.filter(
            state="open", needs_staff=False, holds=None, customer__preference=None
        )
        ids = list(quiet.order_by("id").values_list("id", flat=True))
        return (
            DefaultCase.objects.select_related("merchant", "customer").get(id=self._chance.choice(ids))
            if ids
            else None
        )

    def _promise(self, at: datetime) -> None:
        case = self._some_case()
        if case is None:
            return
        day = at.astimezone(ZoneInfo(case.merchant.time_zone)).date() + timedelta(
            days=self._chance.randint(3, 8)
        )
        defaults.promise(case_id=case.id, on=day, now=at, actor="customer")
        if self._chance.random() < 0.6:
            paid_at = datetime.combine(day, time(10), tzinfo=ZoneInfo(case.merchant.time_zone))
            self._pay(case, paid_at)

    def _pay(self, case: DefaultCase, at: datetime) -> None:
        for item in case.items.filter(released_at=None).select_related("payment").order_by("id"):
            payment = item.payment
            if payment.outstanding_minor:
                data = {
                    "payment": payment.reference,
                    "amount": payment.outstanding_minor,
                    "method": "transfer",
                }
                event = event_of("payment.paid", f"{payment.reference}-promised", at, data)
                self._ahead.append(Told(at, case.merchant.slug, len(self._ahead) + 100_000, event))
        self._ahead.sort()

    def _dispute(self, at: datetime) -> None:
        def dispute(case: DefaultCase) -> None:
            reason, text = self._chance.choice(DISPUTES[case.merchant.locale])
            defaults.dispute(case_id=case.id, reason=reason, text=text, now=at, actor="customer")

        self._with_case(dispute)

    def _answer_disputes(self, at: datetime) -> None:
        raised = Dispute.objects.filter(state="raised", raised_at__lt=at - timedelta(days=8))
        for dispute in list(
            raised.exclude(case__state="closed").select_related("case__merchant").order_by("id")
        ):
            defaults.resolve_dispute(
                dispute_id=dispute.id,
                state=self._chance.choice(["upheld", "rejected"]),
                now=at,
                actor="staff:compliance",
                reason=ANSWER[dispute.case.merchant.locale],
            )

    def _claim_paid(self, at: datetime) -> None:
        self._with_case(lambda case: defaults.claim_paid(case_id=case.id, now=at, actor="customer"))

    def _hold(self, at: datetime) -> None:
        def hold(case: DefaultCase) -> None:
            note, until = HARDSHIP[case.merchant.locale], at + timedelta(days=21)
            defaults.place_hold(
                case_id=case.id, reason="hardship", note=note, until=until, now=at, actor="staff:lead"
            )

        self._with_case(hold)

    def _note(self, at: datetime) -> None:
        def note(case: DefaultCase) -> None:
            defaults.add_note(case_id=case.id, text=NOTE[case.merchant.locale], now=at, actor="staff:agent")

        self._with_case(note)

    def _stop(self, at: datetime) -> None:
        self._with_case(
            lambda case: defaults.stop_contact(customer_id=case.customer_id, now=at, actor="customer")
        )

    def _with_case(self, act: Callable[[DefaultCase], object]) -> None:
        case = self._some_case()
        if case is not None:
            act(case)
