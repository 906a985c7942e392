from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .merchant import Merchant


class Role(models.TextChoices):
    AGENT = "agent", _("agent")
    LEAD = "lead", _("lead")
    COMPLIANCE = "compliance", _("compliance")
    ADMIN = "admin", _("admin")


class User(AbstractUser):
    """Staff. An admin sees every merchant; everybody else the merchants they are given."""

    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.AGENT)
    merchants = models.ManyToManyField(
        Merchant, blank=True, verbose_name=_("merchants"), related_name="staff"
    )
    language = models.CharField(_("language"), max_length=10, default="ko")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Seoul")

    def visible_merchants(self) -> models.QuerySet[Merchant]:
        """The merchants whose rows this person may see; none while the account is switched off."""
        if not self.is_active:
            return Merchant.objects.none()
        if self.role == Role.ADMIN:
            return Merchant.objects.all()
        return self.merchants.all()


class StaffToken(models.Model):
    """`am_staff_<id>_<secret>`: a person's key to the API, stored as ApiKey is."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    key_id = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"am_staff_{self.key_id}_…"
