from .agreement import Dispute, Hold, PromiseToPay
from .case import CaseEvent, CaseItem, CollectionTerms, DefaultCase
from .link import ResolutionLink

__all__ = [
    "CaseEvent",
    "CaseItem",
    "CollectionTerms",
    "DefaultCase",
    "Dispute",
    "Hold",
    "PromiseToPay",
    "ResolutionLink",
]
