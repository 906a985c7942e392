"""Which entries of a case's history the customer is told about, and how. Pure.

A notice (N) is owed by law or terms and passes a stop; information (I) counts against the caps; a receipt (T) confirms what
was paid or agreed; a reply (R) is worth something on the day of the request only (contact-rules.md 2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .facts import ContactClass

_N, _I, _R, _T = ContactClass.NOTICE, ContactClass.INFO, ContactClass.REPLY, ContactClass.RECEIPT
# What every text may ask for; `offer` and `offer_short` say nothing where no offer stands.
EVERYWHERE = frozenset(
    {"merchant", "customer", "amount", "items", "due_on", "link", "case", "contact", "offer", "offer_short"}
)


@dataclass(frozen=True, slots=True)
class Letter:
    """How an entry is told. `values`: what its text may ask for besides `EVERYWHERE`."""

    contact_class: ContactClass
    template_key: str
    values: frozenset[str]


def _letter(contact_class: ContactClass, template_key: str, values: str = "") -> Letter:
    return Letter(contact_class, template_key, frozenset(values.split()))


# By kind of entry (`defaults.models.case.ANSWERED`).
LETTERS: Mapping[str, Letter] = {
    "adjustment_accepted": _letter(_T, "adjustment-accepted", "answer date"),
    "adjustment_offered": _letter(_N, "adjustment-offered", "answer until"),
    "adjustment_refused": _letter(_N, "adjustment-refused", "answer"),
    "adjustment_requested": _letter(_T, "adjustment-requested", "until"),
    "code_asked": _letter(_R, "code", "code until"),
    "credit_refunded": _letter(_T, "credit-refunded", "paid date"),
    "deferral_noted": _letter(_T, "deferral-noted", "until"),
    "dispute_rejected": _letter(_N, "dispute-rejected", "answer disputed"),
    "dispute_upheld": _letter(_N, "dispute-upheld", "answer disputed"),
    "disputed": _letter(_T, "dispute-noted", "disputed until"),
    "link_asked": _letter(_R, "new-link"),
    "money_received": _letter(_T, "receipt", "paid date parts"),
    "offer_accepted": _letter(_T, "offer-accepted", "agreed owed waived until date"),
    "offer_paid": _letter(_T, "offer-paid", "agreed owed waived date"),
    "placement_announced": _letter(_N, "placement-announced", "agency agency_contact until"),
    "plan_completed": _letter(_T, "plan-completed", "agreed date"),
    "plan_made": _letter(_T, "plan-made", "agreed instalments date"),
    "plan_missed": _letter(_I, "plan-missed", "missed date"),
    "plan_rescission_told": _letter(_N, "plan-rescission", "missed date until"),
    "plan_second_chance": _letter(_T, "plan-second-chance", "missed date until"),
    "promised": _letter(_T, "promise-noted", "agreed until date"),
}
# A receipt is not told when one of these says the same of the same money.
RECEIPT, TELL_THE_RECEIPT_TOO = "money_received", frozenset({"offer_paid", "plan_completed"})
# Told instead of a template by the live facts: nothing is left open; asking rested for hardship once.
IN_FULL, SOFT = "-in-full", "-soft"

_VALUES: Mapping[str, frozenset[str]] = {letter.template_key: letter.values for letter in LETTERS.values()}
EVERY_VALUE = EVERYWHERE.union(*_VALUES.values())


def values_of(template_key: str) -> frozenset[str]:
    """The placeholders a text of this key may use: what nothing fills must not be asked for."""
    plain = template_key.removesuffix(IN_FULL).removesuffix(SOFT)
    return EVERYWHERE | _VALUES.get(plain, frozenset())


def step_key(kind: str, seq: int) -> str:
    """What the message of an entry is called: with the case it makes a second one impossible."""
    return f"{kind}-{seq}"
