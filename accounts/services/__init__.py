from .concede import concede
from .gathering import gathered
from .record_events import Fate, record_events, retry_waiting

__all__ = ["Fate", "concede", "gathered", "record_events", "retry_waiting"]
