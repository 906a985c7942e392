from django.db import models


class IdempotentCall(models.Model):
    """The first answer to a call made under an `Idempotency-Key`, written in the transaction of what the call did.

    Kept 30 days per key holder and route; `body` is sealed.
    """

    holder = models.CharField(max_length=120)
    route = models.CharField(max_length=200, help_text="Method and path.")
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "route", "key"], name="a_key_is_answered_once")
        ]
