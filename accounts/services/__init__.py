from .concede import concede, unconcede
from .fees import charge_fees
from .gathering import KeyRefused, gathered
from .owed import read_owed
from .received import receive_money
from .record_events import Fate, record_events, retry_waiting
from .waive import unwaive, waive

__all__ = [
    "Fate",
    "KeyRefused",
    "charge_fees",
    "concede",
    "gathered",
    "read_owed",
    "receive_money",
    "record_events",
    "retry_waiting",
    "unconcede",
    "unwaive",
    "waive",
]
