from .agreement import Dispute, Hold, PromiseToPay
from .case import CaseEvent, CaseItem, CollectionTerms, DefaultCase
from .link import ResolutionLink
from .placement import Agency, Approval, Placement
from .presence import Presence
from .protection import AdjustmentRequest, Deferral, Incident
from .saved_view import SavedView
from .settlement import FeeCharge, FeePolicy, Instalment, NegotiationTerms, PaymentPlan, SettlementOffer
from .snooze import Snooze

__all__ = [
    "AdjustmentRequest",
    "Agency",
    "Approval",
    "CaseEvent",
    "CaseItem",
    "CollectionTerms",
    "DefaultCase",
    "Deferral",
    "Dispute",
    "FeeCharge",
    "FeePolicy",
    "Hold",
    "Incident",
    "Instalment",
    "NegotiationTerms",
    "PaymentPlan",
    "Placement",
    "Presence",
    "PromiseToPay",
    "ResolutionLink",
    "SavedView",
    "SettlementOffer",
    "Snooze",
]
