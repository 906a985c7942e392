from .concede import concede
from .record_events import Fate, record_events, retry_waiting

__all__ = ["Fate", "concede", "record_events", "retry_waiting"]
