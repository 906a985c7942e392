"""The inbox of gateways: authenticated over the raw bytes, stored sealed as received, applied once.

No gateway is called while its callback is answered: what must be asked for is asked for by the sweep.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec
from django.db import DatabaseError, transaction

from ..gateways import Gateway, GatewayAway, NotAuthentic, Outcome, Said
from ..models import Checkout, GatewayEvent, Merchant
from ..sealed import NotSealedHere, seal, unseal
from .carrying_out import carry_out
from .gateway_setups import gateway_of
from .record_events import record_events
from .settling import NotSettled
from .within import SECONDS, within

log = logging.getLogger(__name__)

Status = GatewayEvent.Status


def take_callback(
    *, gateway: str, merchant: str, raw: bytes, headers: Mapping[str, str], at: float, now: datetime
) -> GatewayEvent:
    """Store an authentic callback and apply it if that needs nobody else; repeats and unknown kinds are taken too.

    `merchant` is a slug; `at` the real clock; `headers` in small letters. What is answered is stored for good.
    Raises NotAuthentic, also for a merchant without that gateway: a stranger learns nothing of who is here.
    """
    owner = Merchant.objects.filter(slug=merchant).first()
    adapter = gateway_of(merchant_id=owner.pk, gateway=gateway) if owner else None
    if adapter is None:
        raise NotAuthentic
    said = adapter.read_callback(raw, headers, at=at)
    event = _store(owner, gateway, said, raw, now=now)
    if event.status == Status.STORED and said.outcome != Outcome.ASK:
        try:
            apply_event(event_id=event.pk, adapter=adapter, now=now)
        except DatabaseError:
            log.warning("gateway event %s waits for the sweep", event.pk, exc_info=True)
    return event


def apply_stored(*, now: datetime, limit: int = 1000, seconds: float = SECONDS) -> int:
    """Apply up to `limit` stored callbacks of each gateway, oldest first, asking where that is needed; how many were settled.

    One gateway that does not answer, or a callback in trouble, holds up no other.
    """
    silent, settled = set(), 0
    for place, adapter, event_id in within(seconds, _stored(limit)):
        if place in silent:
            continue
        try:
            settled += _applied(event_id, adapter, now=now)
        except GatewayAway as problem:
            silent.add(place)
            log.warning("gateway %s of merchant %s does not answer: %s", place[1], place[0], problem)
    return settled


def _stored(limit: int) -> Iterator[tuple[tuple[int, str], Gateway, int]]:
    """What waits at each gateway: its place, its adapter, and the event."""
    waiting = GatewayEvent.objects.filter(status=Status.STORED)
    places = waiting.order_by("merchant_id", "gateway").values_list("merchant_id", "gateway").distinct()
    for merchant_id, gateway in places:
        adapter = gateway_of(merchant_id=merchant_id, gateway=gateway)
        ids = (
            waiting.filter(merchant_id=merchant_id, gateway=gateway)
            .order_by("id")
            .values_list("pk", flat=True)
        )
        for event_id in ids[:limit] if adapter else ():
            yield (merchant_id, gateway), adapter, event_id


def _applied(event_id: int, adapter: Gateway, *, now: datetime) -> bool:
    try:
        return apply_event(event_id=event_id, adapter=adapter, now=now)
    except (DatabaseError, NotSealedHere):
        log.exception("gateway event %s cannot be applied", event_id)
        return False


def apply_event(*, event_id: int, adapter: Gateway, now: datetime) -> bool:
    """Apply one stored callback in a transaction of its own; whether this call did it. Raises GatewayAway."""
    event = GatewayEvent.objects.get(pk=event_id)
    said = _believed(event, adapter)
    with transaction.atomic():
        rows = GatewayEvent.objects.select_for_update(of=("self",)).filter(pk=event_id, status=Status.STORED)
        event = rows.first()
        if event is None:
            return False
        _settle_event(event, lambda: _apply(event, said, now=now), now=now)
    return True


def record_said(*, checkout: Checkout, said: Said, now: datetime) -> GatewayEvent:
    """Keep what a gateway answered to a question of ours as if it had called, and carry it out, in one transaction."""
    with transaction.atomic():
        event = _store(checkout.merchant, checkout.gateway, said, msgspec.json.encode(said), now=now)
        event = GatewayEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
        if event.status == Status.STORED:
            event.checkout = checkout
            _settle_event(
                event, lambda: (Status.APPLIED, carry_out(said, checkout=checkout, now=now)), now=now
            )
    return event


def _settle_event(event: GatewayEvent, act: Callable[[], tuple[str, str]], *, now: datetime) -> None:
    """Write what became of an event; money that cannot be set against what is owed leaves nothing but a note."""
    try:
        with transaction.atomic():
            event.status, event.detail = act()
    except NotSettled as problem:
        event.status, event.detail = Status.UNKNOWN, str(problem)
    event.detail, event.applied_at = event.detail[:200], now
    event.save(update_fields=["status", "detail", "checkout", "applied_at"])


def _believed(event: GatewayEvent, adapter: Gateway) -> Said | None:
    """What a callback says; where it is not to be believed, what the gateway itself answers. None: it knows nothing."""
    raw = unseal(event.body, context=_context(event.merchant_id, event.gateway, event.event_id))
    said = adapter.read(raw)
    return adapter.ask_about(said) if said.outcome == Outcome.ASK else said


def _apply(event: GatewayEvent, said: Said | None, *, now: datetime) -> tuple[str, str]:
    if said is None:
        return Status.UNKNOWN, "the gateway knows nothing of it"
    if said.outcome in (Outcome.IGNORED, Outcome.ASK):
        return Status.IGNORED, ""
    event.checkout = _checkout_of(event, said)
    if event.checkout is not None:
        return Status.APPLIED, carry_out(said, checkout=event.checkout, now=now)
    if said.payment_reference and said.outcome == Outcome.PAID:
        return _apply_merchants_own(event, said, now=now)
    return Status.UNKNOWN, "no order of ours"


def _apply_merchants_own(event: GatewayEvent, said: Said, *, now: datetime) -> tuple[str, str]:
    """A sale of the merchant's own at the same gateway, whose metadata names the payment it is for."""
    told = {
        "id": f"{event.gateway}:{said.gateway_reference or said.event_id}",
        "type": "payment.paid",
        "occurred_at": event.received_at.isoformat(),
        "data": {
            "payment": said.payment_reference,
            "amount": said.amount_minor,
            "currency": said.currency,
            "method": event.gateway,
        },
    }
    (fate,) = record_events(merchant_id=event.merchant_id, events=[told], now=now)
    if fate.status == "rejected" and fate.errors[0]["code"] != "event_id_reused":
        raise NotSettled(f"intake refused it: {fate.errors[0]['code']}")
    return Status.APPLIED, fate.status


def _checkout_of(event: GatewayEvent, said: Said) -> Checkout | None:
    """By our reference; an event about money that came is known by the gateway's own id of the payment too."""
    rows = Checkout.objects.select_related("merchant", "customer")
    own = rows.filter(merchant_id=event.merchant_id, gateway=event.gateway)
    if said.order_reference:
        return own.filter(reference=said.order_reference).first()
    paid = own.filter(state=Checkout.State.PAID)
    return paid.filter(gateway_reference=said.gateway_reference).first() if said.gateway_reference else None


def _store(owner: Merchant, gateway: str, said: Said, raw: bytes, *, now: datetime) -> GatewayEvent:
    """The row of this event, the first one if it was told before. A callback that names no id is known by its bytes."""
    identity = said.event_id[:200] or f"sha256:{hashlib.sha256(raw).hexdigest()}"
    GatewayEvent.objects.bulk_create(
        [
            GatewayEvent(
                merchant=owner,
                gateway=gateway,
                event_id=identity,
                kind=said.kind[:80],
                body=seal(raw, context=_context(owner.pk, gateway, identity)),
                status=Status.STORED,
                received_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return GatewayEvent.objects.get(merchant=owner, gateway=gateway, event_id=identity)


def _context(merchant_id: int, gateway: str, event_id: str) -> str:
    return f"gatewayevent.body|{merchant_id}|{gateway}|{event_id}"
