"""Messages as sent: sealed where they rest, opened for staff who may see the case."""

from accounts.sealed import seal, unseal

from ..models import Message


def seal_letter(*, message_id: int, field: str, text: str) -> bytes:
    """`field` is `body` or `sent_to`."""
    return seal(text.encode(), context=_context(message_id, field))


def open_letter(message: Message) -> dict[str, str]:
    """{"subject", "body", "recipient", "language"}; raises NotSealedHere if a value was moved or altered."""
    return {
        "subject": message.subject,
        "body": unseal(message.body, context=_context(message.pk, "body")).decode(),
        "recipient": unseal(message.sent_to, context=_context(message.pk, "sent_to")).decode() if message.sent_to else "",
        "language": message.language,
    }


def _context(message_id: int, field: str) -> str:
    return f"message.{field}|{message_id}"
