"""What every gateway is asked for, and the answers it can give. Amounts are minor units by ISO 4217 on this side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """`ask`: the callback does not say, or cannot be believed; only the gateway's own answer counts.

    `given_back`: a payment was cancelled or refunded there, `amount_minor` is what is left of it.
    `charged_back` and `reinstated`: that amount was taken from the merchant in a dispute, and won back.
    """

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"
    GIVEN_BACK = "given_back"
    CHARGED_BACK = "charged_back"
    REINSTATED = "reinstated"
    IGNORED = "ignored"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A merchant's keys at a gateway, in clear. `webhook_secrets`: the present one, then the one before while it lives."""

    public: str = ""
    secret: str = ""
    webhook_secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for. `reference` is ours, and the idempotency key of every call about it.

    `asked_at` is the business instant of this call, `expires_at` the one after which nobody may pay.
    """

    reference: str
    amount_minor: int
    currency: str
    title: str
    return_url: str
    asked_at: datetime
    expires_at: datetime
    language: str = "ko"
    gateway_reference: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the customer pays. `gateway_reference` is the gateway's own id of the order, if it has one by now."""

    redirect_url: str
    gateway_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a gateway says of one order.

    `event_id` is unique per event and gateway. `payment_reference` names a merchant's own payment (metadata
    `amends_payment`), where the order is none of ours. `reason` is of the kinds of `payment.failed`.
    """

    event_id: str
    kind: str
    outcome: Outcome
    order_reference: str = ""
    gateway_reference: str = ""
    amount_minor: int = 0
    currency: str = ""
    reason: str = "other"
    payment_reference: str = ""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """`gateway_reference` is the gateway's id of the refund."""

    gateway_reference: str = ""


class NotAuthentic(Exception):
    """The callback is not signed by a holder of the secret, or too long ago, or too far ahead."""


class GatewayRefused(Exception):
    """The gateway said no: what was asked for surely did not happen."""


class GatewayAway(Exception):
    """No answer, or none that decides: what was asked for may have happened. Look it up before trying again."""


class Gateway(Protocol):
    """One gateway with one merchant's keys. Nothing here may be called inside a transaction but the `read` methods."""

    def open(self, order: Order) -> Opened:
        """Make the order known and learn where it is paid. Raises GatewayRefused, GatewayAway."""

    def read_callback(self, raw: bytes, headers: Mapping[str, str], *, at: float) -> Said:
        """What an authentic callback says; `headers` in small letters, `at` by the real clock. Raises NotAuthentic.

        A body of no known shape is no error: it is kept as `ignored`.
        """

    def read(self, raw: bytes) -> Said:
        """The same for a callback that was found authentic when it was stored."""

    def look_up(self, order: Order) -> Said | None:
        """What became of an order; None: the gateway does not know it. Raises GatewayAway."""

    def ask_about(self, said: Said) -> Said | None:
        """The gateway's own word on what a callback of outcome `ask` speaks of; None: it knows nothing. Raises GatewayAway."""

    def returned(self, order: Order, query: Mapping[str, str]) -> Said | None:
        """The customer is back with these parameters: do what the gateway still waits for, and ask. Raises GatewayAway."""

    def refund(self, order: Order, amount_minor: int, *, key: str) -> GivenBack:
        """Give this much of a paid order back, once per key. Raises GatewayRefused, GatewayAway."""

    def minimum_minor(self, currency: str) -> int:
        """The least amount that it takes; 1 where it names none."""
