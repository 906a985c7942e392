from .audit import AuditEvent
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
from .person import Person, PersonRecord
from .sign_in import SignInTries
from .staff import Density, Role, StaffToken, Theme, User

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "Channel",
    "Checkout",
    "CheckoutItem",
    "ContactPoint",
    "ContactPreference",
    "CreditRefund",
    "Customer",
    "Density",
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
    "Person",
    "PersonRecord",
    "Role",
    "SandboxPayment",
    "Scope",
    "SignInTries",
    "StaffToken",
    "Theme",
    "User",
]
