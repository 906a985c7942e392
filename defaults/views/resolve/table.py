"""Every act, in the order in which the first page offers them."""

from collections.abc import Mapping, Sequence

from .act import Act
from .cannot import CannotNow, ChangeTheDebt, TakeChange
from .date import PayOnDate
from .dispute import NotRight
from .offer import TakeOffer
from .pay import Pay
from .plan import PayInParts
from .preferences import Preferences
from .simple import MessagesAgain, PaidAlready, StopMessages

FIRST: Sequence[Act] = (TakeOffer(), TakeChange())
WAYS: Sequence[Act] = (
    Pay(),
    PayOnDate(),
    PayInParts(),
    PaidAlready(),
    NotRight(),
    CannotNow(),
    ChangeTheDebt(),
)
QUIET: Sequence[Act] = (Preferences(), StopMessages(), MessagesAgain())
ACTS: Mapping[str, Act] = {act.name: act for act in (*FIRST, *WAYS, *QUIET)}
