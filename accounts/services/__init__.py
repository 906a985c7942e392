from .concede import concede
from .gathering import KeyRefused, gathered
from .record_events import Fate, record_events, retry_waiting

__all__ = ["Fate", "KeyRefused", "concede", "gathered", "record_events", "retry_waiting"]
