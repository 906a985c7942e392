"""Mail for development: every message becomes a file of a maildir, to be read in the product or by any mail reader."""

import mailbox

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Django's mail backend over `settings.MAILDIR`."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        box = mailbox.Maildir(settings.MAILDIR, create=True)
        for message in email_messages:
            box.add(message.message().as_bytes(linesep="\n"))
        return len(email_messages)
