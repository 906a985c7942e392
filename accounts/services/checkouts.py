"""Starting to pay: the row first, then the gateway, then the address where the customer pays.

A crash between these leaves an open row that `expire_checkouts` asks the gateway about; nothing is paid unseen.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from ..gateways import Gateway, GatewayAway, GatewayRefused, Order, open_gateway
from ..models import Checkout, CheckoutItem, GatewaySetup, Payment
from .gateway_setups import active_setup
from .settling import fail_checkout, hold_contact

# Stripe takes no session shorter than 30 minutes (docs.stripe.com/api/checkout/sessions/create, `expires_at`).
LASTS = timedelta(minutes=40)


class CheckoutRefused(Exception):
    """Nothing was started. `code`: no_gateway, nothing_open, below_minimum (then `minimum_minor` is set), gateway_away."""

    def __init__(self, code: str, detail: str, minimum_minor: int | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.minimum_minor = code, detail, minimum_minor


def minimum_of(merchant_id: int, currency: str) -> int | None:
    """The least that can be paid here at once, in minor units; None: this merchant has no gateway."""
    setup = active_setup(merchant_id)
    return _minimum(setup, open_gateway(setup), currency) if setup else None


def start_checkout(
    *,
    merchant_id: int,
    customer_id: int,
    parts: Mapping[int, int],
    rule: str,
    origin: str,
    return_url: str,
    now: datetime,
) -> Checkout:
    """Let a customer pay `parts` (payment id → minor units, one currency); answers with `redirect_url` set.

    A part is never more than its payment still owes. Asking for the same again while it is open answers the same checkout.
    From the first row on no message goes to the customer until the checkout ends or lapses.
    `return_url`: a path of this site. Call it outside a transaction. Raises CheckoutRefused.
    """
    if not url_has_allowed_host_and_scheme(return_url, allowed_hosts=None):
        raise ValueError("return_url must be a path of this site")
    setup = active_setup(merchant_id)
    if setup is None:
        raise CheckoutRefused("no_gateway", "This merchant takes no payments here.")
    gateway = open_gateway(setup)
    with transaction.atomic():
        asked, currency = _still_owed(merchant_id, customer_id, parts)
        _refuse_too_little(sum(asked.values()), minimum=_minimum(setup, gateway, currency))
        wanted = Checkout(
            merchant_id=merchant_id,
            customer_id=customer_id,
            gateway=setup.gateway,
            amount_minor=sum(asked.values()),
            currency=currency,
            rule=rule,
            origin=origin,
            return_url=return_url,
            created_at=now,
            expires_at=now + LASTS,
        )
        checkout = _same_open(wanted, asked, now=now) or _make(wanted, asked, now=now)
    return checkout if checkout.redirect_url else _open_at(gateway, checkout, now=now)


def order_of(checkout: Checkout, *, now: datetime) -> Order:
    """What a gateway is told of a checkout; the customer comes back by way of `/pay/<reference>/back/`."""
    return Order(
        reference=checkout.reference,
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        title=checkout.merchant.name,
        return_url=f"{settings.PUBLIC_URL}/pay/{quote(checkout.reference)}/back/",
        asked_at=now,
        expires_at=checkout.expires_at,
        language=(checkout.customer.locale or checkout.merchant.locale).split("-")[0],
        gateway_reference=checkout.gateway_reference,
    )


def _minimum(setup: GatewaySetup, gateway: Gateway, currency: str) -> int:
    own = setup.minimums.get(currency)
    return own if isinstance(own, int) and own > 0 else gateway.minimum_minor(currency)


def _still_owed(merchant_id: int, customer_id: int, parts: Mapping[int, int]) -> tuple[dict[int, int], str]:
    """What of `parts` is owed at this moment, its payments locked, and their currency."""
    locked = Payment.objects.select_for_update(no_key=True).filter(
        pk__in=parts, merchant_id=merchant_id, customer_id=customer_id
    )
    rows = {row.pk: row for row in locked.order_by("pk")}
    asked = {pk: min(parts[pk], row.outstanding_minor) for pk, row in rows.items()}
    asked = {pk: minor for pk, minor in asked.items() if minor > 0}
    currencies = {rows[pk].currency for pk in asked}
    if len(currencies) != 1:
        raise CheckoutRefused("nothing_open", "None of this is owed, or it is in several currencies.")
    return asked, currencies.pop()


def _refuse_too_little(amount_minor: int, *, minimum: int) -> None:
    if amount_minor < minimum:
        raise CheckoutRefused(
            "below_minimum", f"The gateway takes {minimum} minor units or more.", minimum_minor=minimum
        )


def _same_open(wanted: Checkout, asked: Mapping[int, int], *, now: datetime) -> Checkout | None:
    """The customer asked twice: one order at the gateway, so that nobody pays the same thing twice."""
    names = (
        "merchant_id",
        "customer_id",
        "gateway",
        "amount_minor",
        "currency",
        "rule",
        "origin",
        "return_url",
    )
    rows = Checkout.objects.select_related("merchant", "customer").prefetch_related("items")
    same = rows.filter(state=Checkout.State.OPEN, expires_at__gt=now + LASTS / 2)
    for one in same.filter(**{name: getattr(wanted, name) for name in names}).order_by("pk"):
        if {item.payment_id: item.amount_minor for item in one.items.all()} == asked:
            return one
    return None


def _make(wanted: Checkout, asked: Mapping[int, int], *, now: datetime) -> Checkout:
    wanted.reference = f"amends_{secrets.token_hex(16)}"
    wanted.save()
    CheckoutItem.objects.bulk_create(
        CheckoutItem(checkout=wanted, payment_id=pk, amount_minor=minor) for pk, minor in asked.items()
    )
    hold_contact(wanted, until=wanted.expires_at, now=now)
    return wanted


def _open_at(gateway: Gateway, checkout: Checkout, *, now: datetime) -> Checkout:
    try:
        opened = gateway.open(order_of(checkout, now=now))
    except GatewayRefused as refusal:
        fail_checkout(reference=checkout.reference, reason="other", detail=str(refusal), now=now)
        raise CheckoutRefused("gateway_away", "The gateway did not take the order.") from refusal
    except GatewayAway as problem:
        raise CheckoutRefused("gateway_away", "The gateway does not answer.") from problem
    checkout.redirect_url, checkout.gateway_reference = opened.redirect_url, opened.gateway_reference
    Checkout.objects.filter(pk=checkout.pk, state=Checkout.State.OPEN).update(
        redirect_url=opened.redirect_url, gateway_reference=opened.gateway_reference
    )
    return checkout
