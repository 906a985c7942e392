"""The channel that sends nothing: for rehearsals, and for a channel without a provider yet."""

from .outgoing import Handed, Outgoing


class RecordChannel:
    """Says yes to everything. What would have been said stands in the message row itself."""

    def send(self, outgoing: Outgoing) -> Handed:
        return Handed(reference=f"record:{outgoing.key}"[:200])

    def look_up(self, key: str, ref: str) -> Handed | None:
        return None

    def close(self) -> None:
        pass
