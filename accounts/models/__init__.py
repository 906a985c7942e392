from .checkout import (
    Checkout,
    CheckoutItem,
    CreditRefund,
    Gateway,
    GatewayEvent,
    GatewaySetup,
    SandboxPayment,
)
from .customer import Channel, ContactPoint, ContactPreference, Customer
from .idempotency import IdempotentCall
from .merchant import ApiKey, LegalRole, Merchant, Scope
from .name import NameLetters, NameToRead
from .payment import Account, LedgerEntry, Payment, PaymentEvent
from .staff import Role, StaffToken, User

__all__ = [
    "Account",
    "ApiKey",
    "Channel",
    "Checkout",
    "CheckoutItem",
    "ContactPoint",
    "ContactPreference",
    "CreditRefund",
    "Customer",
    "Gateway",
    "GatewayEvent",
    "GatewaySetup",
    "IdempotentCall",
    "LedgerEntry",
    "LegalRole",
    "Merchant",
    "NameLetters",
    "NameToRead",
    "Payment",
    "PaymentEvent",
    "Role",
    "SandboxPayment",
    "Scope",
    "StaffToken",
    "User",
]
