"""The only writers of cases and agreements."""

from .acts import Refused
from .closing import close_by_policy, end_review, send_to_review
from .desk import StaleEdit, add_note, assign
from .dispute import dispute, resolve_dispute
from .expire import Expired, expire
from .fees import Accrued
from .fees import accrue as accrue_fees
from .fees import recompute as recompute_fees
from .holds import claim_paid, end_hold, hold_customer, place_hold, resume_contact, stop_contact
from .links import create_link, create_links, find_case_by_token, revoke_links
from .open_cases import Opened, open_cases
from .promise import promise
from .reassess import Reassessed, reassess, reassess_touched

__all__ = [
    "Accrued",
    "Expired",
    "Opened",
    "Reassessed",
    "Refused",
    "StaleEdit",
    "accrue_fees",
    "add_note",
    "assign",
    "claim_paid",
    "close_by_policy",
    "create_link",
    "create_links",
    "dispute",
    "end_hold",
    "end_review",
    "expire",
    "find_case_by_token",
    "hold_customer",
    "open_cases",
    "place_hold",
    "promise",
    "reassess",
    "reassess_touched",
    "recompute_fees",
    "resolve_dispute",
    "resume_contact",
    "revoke_links",
    "send_to_review",
    "stop_contact",
]
