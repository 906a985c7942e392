"""What was said and where it went, sealed in the message's own row."""

from accounts.sealed import seal, unseal

from ..models import Message


def seal_body(text: str, *, message_id: int) -> bytes:
    return seal(text.encode(), context=f"message.body|{message_id}")


def seal_sent_to(address: str, *, message_id: int) -> bytes:
    return seal(address.encode(), context=f"message.sent_to|{message_id}")


def open_body(message: Message) -> str | None:
    """The text as sent, for whoever may read it; None: nothing has been rendered yet, or it was erased."""
    if message.body is None:
        return None
    return unseal(message.body, context=f"message.body|{message.pk}").decode()


def open_sent_to(message: Message) -> str | None:
    """The address it went to, in clear; None as for `open_body`."""
    if message.sent_to is None:
        return None
    return unseal(message.sent_to, context=f"message.sent_to|{message.pk}").decode()
