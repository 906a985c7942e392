"""Living through the story: events, scheduled jobs and what people do, day by day on a business clock up to now."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Channel, Merchant

from ..channels import OpenChannel
from ..channels.record import RecordChannel
from ..models import ChannelSetup
from ..rehearsal.stages import work_off
from .desk import Desk
from .people import People
from .shops import Shops
from .story import DAYS, Told

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


def recorders() -> dict[str, OpenChannel]:
    """Channels that send nothing."""
    return {name: OpenChannel(ChannelSetup.Memory.KEY, RecordChannel()) for name in Channel.values}


def live(
    *,
    told: list[Told],
    merchants: Mapping[str, Merchant],
    seed: int,
    now: datetime,
    channels: Mapping[str, OpenChannel],
) -> Iterator[datetime]:
    """Yield every instant once it is over. The messages of the last days go out by `channels`, those before nowhere."""
    chance = random.Random(seed + 1)  # noqa: S311 - a repeatable world, no secret
    shops, people, desk = Shops(told, merchants, chance), People(chance), Desk(chance, ends=now)
    before = recorders()
    for at in instants(now):
        shops.tell_until(at)
        people.keep_word(at)
        work_off(now=at, channels=channels if now - at < MAILED else before)
        if at.time() == EVENING or at == now:
            is_last = at == now
            people.act(at, is_last=is_last)
            shops.answer_disputes(at)
            desk.act(at, is_last=is_last)
        yield at
