from .customer import Channel, ContactPoint, ContactPreference, Customer
from .merchant import ApiKey, LegalRole, Merchant, Scope
from .payment import Account, LedgerEntry, Payment, PaymentEvent
from .staff import Role, StaffToken, User

__all__ = [
    "Account",
    "ApiKey",
    "Channel",
    "ContactPoint",
    "ContactPreference",
    "Customer",
    "LedgerEntry",
    "LegalRole",
    "Merchant",
    "Payment",
    "PaymentEvent",
    "Role",
    "Scope",
    "StaffToken",
    "User",
]
