"""Worlds for tests of paying: a customer who owes, a merchant with a gateway, and what stands in the books."""

from collections.abc import Mapping

from accounts.models import Checkout, LedgerEntry, Merchant, Payment
from accounts.services import record_events
from accounts.services.checkouts import start_checkout
from accounts.services.gateway_setups import set_up_gateway

from .factories import NOW, due, merchant

WEBHOOK_SECRET = "whsec_c2FuZGJveC1zZWNyZXQtb2YtdGhlLXRlc3Rz"


def shop_with(gateway: str = "sandbox", **fields) -> Merchant:
    """A merchant whose customers pay by `gateway`, with one customer who owes 9,900 and 4,900 won."""
    shop = merchant(**fields)
    set_up_gateway(
        merchant_id=shop.pk,
        gateway=gateway,
        public_key="store-1 channel-1",
        secret="sk_test",
        webhook_secret=WEBHOOK_SECRET,
    )
    record_events(merchant_id=shop.pk, events=[due("ord-1"), due("ord-2", amount=4900)], now=NOW)
    return shop


def payments_of(shop: Merchant) -> list[Payment]:
    return list(Payment.objects.filter(merchant=shop).order_by("reference"))


def begin(shop: Merchant, parts: Mapping[str, int] | None = None, **fields) -> Checkout:
    """A checkout of the shop's customer; `parts` by reference of payment, all that is owed without."""
    rows = {row.reference: row for row in payments_of(shop)}
    wanted = parts if parts is not None else {name: row.outstanding_minor for name, row in rows.items()}
    told = {"rule": "oldest_first", "origin": "case AM-1", "return_url": "/back-home/", "now": NOW}
    return start_checkout(
        merchant_id=shop.pk,
        customer_id=next(iter(rows.values())).customer_id,
        parts={rows[name].pk: minor for name, minor in wanted.items()},
        **told | fields,
    )


def open_amounts(shop: Merchant) -> dict[str, int]:
    return {row.reference: row.outstanding_minor for row in payments_of(shop)}


def cash(shop: Merchant) -> int:
    """What came in, by the ledger."""
    entries = LedgerEntry.objects.filter(payment__merchant=shop, kind="payment")
    return sum(entries.values_list("amount_minor", flat=True))
