"""What happened: every event of the sample world from a seed, so that it is the same world each time. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .cast import ENGLISH_FAMILY, ENGLISH_GIVEN, KOREAN_FAMILY, KOREAN_GIVEN, SHOPS, Shop

DAYS = 60
DUE_AFTER = timedelta(days=7)
_PURCHASES = (1, 1, 2, 2, 3, 4, 5, 6, 8)
# How people pay, and how many of a hundred do: at once, late by themselves, in part, not at all.
_HABITS = {"prompt": 52, "late": 28, "part": 5, "never": 15}


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """An event a shop tells of at `at`."""

    at: datetime
    shop: str
    number: int
    event: dict


def tell(*, seed: int, now: datetime, percent: int = 100) -> list[Told]:
    """All events of the `DAYS` before `now`, and those that lie ahead of it, in the order in which they happen.

    `percent`: of the customers of each shop, the first ones.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable world, no secret
    told: list[Told] = []
    for shop in SHOPS:
        for number in range(1, shop.customers * percent // 100 + 1):
            for at, event in _customer(shop, number, chance, now):
                told.append(Told(at, shop.slug, len(told), event))
    return sorted(told)


def event_of(kind: str, key: str, at: datetime, data: dict) -> dict:
    return {"id": f"sample:{key}:{kind}", "type": kind, "occurred_at": at.isoformat(), "data": data}


def _customer(
    shop: Shop, number: int, chance: random.Random, now: datetime
) -> Iterator[tuple[datetime, dict]]:
    person = _person(shop, number, chance)
    habit = chance.choices(list(_HABITS), weights=list(_HABITS.values()))[0]
    for nth in range(1, chance.choice(_PURCHASES) + 1):
        name, price, _ = chance.choices(shop.goods, weights=[weight for *_, weight in shop.goods])[0]
        bought = now - timedelta(days=chance.uniform(0.5, DAYS), minutes=chance.uniform(0, 60))
        key = f"{shop.slug}-{number:04d}-{nth}"
        due_on = (bought + DUE_AFTER).astimezone(ZoneInfo(shop.time_zone)).date()
        sale = {"payment": key, "amount": price, "currency": shop.currency, "due_on": due_on.isoformat()}
        yield bought, event_of("payment.due", key, bought, sale | {"description": name, "customer": person})
        yield from _ending(key, price, bought, habit, chance)


def _ending(
    key: str, price: int, bought: datetime, habit: str, chance: random.Random
) -> Iterator[tuple[datetime, dict]]:
    """What follows a purchase: money, a failed attempt, a return, or nothing."""
    due = bought + DUE_AFTER
    if habit != "prompt":
        reason = chance.choice(["insufficient_funds", "insufficient_funds", "limit_exceeded", "expired"])
        yield due, event_of("payment.failed", key, due, {"payment": key, "reason": reason})
    luck = chance.random()
    wait = {
        "prompt": chance.uniform(0, 6),
        "late": chance.uniform(8, 30),
        "part": chance.uniform(15, 35),
    }.get(habit)
    if habit == "part" and price > 1:
        at = bought + timedelta(days=chance.uniform(9, 14))
        yield at, _paid(f"{key}-part", key, at, price // 2)
    if wait is not None:
        at = bought + timedelta(days=wait)
        rest = price - price // 2 if habit == "part" else price
        yield at, _paid(key, key, at, rest)
        if luck < 0.02:
            back = at + timedelta(days=5)
            data = {"payment": key, "amount": rest, "reason": "chargeback"}
            yield back, event_of("payment.reversed", key, back, data)
    elif luck < 0.04:
        at = due + timedelta(days=9)
        yield at, event_of("payment.voided", key, at, {"payment": key})


def _paid(event_key: str, key: str, at: datetime, amount: int) -> dict:
    return event_of("payment.paid", event_key, at, {"payment": key, "amount": amount, "method": "card"})


def _person(shop: Shop, number: int, chance: random.Random) -> dict:
    person = {"reference": f"u-{number:04d}", "email": f"{shop.slug}-{number:04d}@example.com"}
    if shop.jurisdiction == "KR":
        name, phone = (
            chance.choice(KOREAN_FAMILY) + chance.choice(KOREAN_GIVEN.split(",")),
            f"+82100000{number:04d}",
        )
    else:
        name = " ".join(chance.choice(names.split(",")) for names in (ENGLISH_GIVEN, ENGLISH_FAMILY))
        phone = f"+447700900{number:03d}"
    born = datetime(
        chance.randint(1962, 2006), chance.randint(1, 12), chance.randint(1, 28), tzinfo=UTC
    ).date()
    person |= {"name": name, "birth_date": born.isoformat(), "locale": shop.locale}
    person |= {"time_zone": shop.time_zone, "jurisdiction": shop.jurisdiction}
    return person if chance.random() < 0.3 else person | {"phone": phone}
