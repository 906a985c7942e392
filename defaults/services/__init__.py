"""The only writers of cases and agreements."""

from .acts import Refused
from .adjustment import (
    accept_adjustment,
    ask_adjustment,
    expire_adjustments,
    offer_adjustment,
    refuse_adjustment,
)
from .chances import keep_chances
from .closing import close_by_policy, end_review, send_to_review
from .deferral import defer
from .desk import StaleEdit, add_note, assign
from .dispute import ask_statement, dispute, resolve_dispute
from .dispute_evidence import chase_duties, checklist, note_evidence
from .expire import Expired, expire
from .fees import Accrued
from .fees import accrue as accrue_fees
from .fees import recompute as recompute_fees
from .holds import claim_paid, end_hold, hold_customer, place_hold, resume_contact, stop_contact
from .incidents import finish_incidents, open_incident, preview_incident, release_incident, void_incident
from .links import create_link, create_links, find_case_by_token, revoke_links
from .minors import hold_minors
from .negotiate import limitation_after_acceptance, load_bounds, propose_date
from .offers import accept_offer, decline_offer, make_offer, make_offers, standing_offer, withdraw_offer
from .open_cases import Opened, open_cases
from .plans import make_plan, propose_plan, rescind_plan, tell_rescission
from .preferences import PreferenceRefused, set_preferences
from .presence import forget_presence
from .promise import promise
from .reassess import Reassessed, reassess, reassess_touched
from .receipts import note_receipts, note_refunds
from .snooze import wake_due

__all__ = [
    "Accrued",
    "Expired",
    "Opened",
    "PreferenceRefused",
    "Reassessed",
    "Refused",
    "StaleEdit",
    "accept_adjustment",
    "accept_offer",
    "accrue_fees",
    "add_note",
    "ask_adjustment",
    "ask_statement",
    "assign",
    "chase_duties",
    "checklist",
    "claim_paid",
    "close_by_policy",
    "create_link",
    "create_links",
    "decline_offer",
    "defer",
    "dispute",
    "end_hold",
    "end_review",
    "expire",
    "expire_adjustments",
    "find_case_by_token",
    "finish_incidents",
    "forget_presence",
    "hold_customer",
    "hold_minors",
    "keep_chances",
    "limitation_after_acceptance",
    "load_bounds",
    "make_offer",
    "make_offers",
    "make_plan",
    "note_evidence",
    "note_receipts",
    "note_refunds",
    "offer_adjustment",
    "open_cases",
    "open_incident",
    "place_hold",
    "preview_incident",
    "promise",
    "propose_date",
    "propose_plan",
    "reassess",
    "reassess_touched",
    "recompute_fees",
    "refuse_adjustment",
    "release_incident",
    "rescind_plan",
    "resolve_dispute",
    "resume_contact",
    "revoke_links",
    "send_to_review",
    "set_preferences",
    "standing_offer",
    "stop_contact",
    "tell_rescission",
    "void_incident",
    "wake_due",
    "withdraw_offer",
]
