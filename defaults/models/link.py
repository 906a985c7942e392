from django.db import models

from .case import DefaultCase


class ResolutionLink(models.Model):
    """A customer's way to a case without signing in: 256 random bits, of which only the SHA-256 digest is stored."""

    case = models.ForeignKey(DefaultCase, models.PROTECT, related_name="links")
    digest = models.BinaryField(max_length=32, unique=True)
    purpose = models.CharField(max_length=20, default="resolve")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    tries_left = models.PositiveSmallIntegerField(
        db_default=5,
        help_text="Answers to the second factor; none left: only a code sent to the customer opens it.",
    )
    code_nonce = models.CharField(
        max_length=32, blank=True, db_default="", help_text="What the code in force is derived from."
    )
    code_expires_at = models.DateTimeField(null=True)
    code_tries_left = models.PositiveSmallIntegerField(db_default=0)
