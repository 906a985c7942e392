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
