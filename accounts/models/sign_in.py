from django.db import models


class SignInTries(models.Model):
    """Wrong tries to sign in within one window, of one pair of user name and address, or of one person's codes.

    `pair` is a keyed digest: people type passwords into the field of the name.
    """

    pair = models.BinaryField(max_length=32, unique=True)
    tries = models.PositiveIntegerField()
    over_at = models.DateTimeField(db_index=True, help_text="When the window ends, and with it a lock.")
