from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .merchant import Merchant


class Role(models.TextChoices):
    AGENT = "agent", _("agent")
    LEAD = "lead", _("lead")
    COMPLIANCE = "compliance", _("compliance")
    ADMIN = "admin", _("admin")


class Theme(models.TextChoices):
    SYSTEM = "system", _("as the system is")
    LIGHT = "light", pgettext_lazy("theme", "light")
    DARK = "dark", pgettext_lazy("theme", "dark")


class Density(models.TextChoices):
    ROOMY = "roomy", pgettext_lazy("density", "roomy, two lines a row")
    COMPACT = "compact", pgettext_lazy("density", "compact, one line a row")


class User(AbstractUser):
    """Staff. An admin sees every merchant; everybody else the merchants they are given."""

    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.AGENT)
    merchants = models.ManyToManyField(
        Merchant, blank=True, verbose_name=_("merchants"), related_name="staff"
    )
    language = models.CharField(_("language"), max_length=10, default="ko")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Seoul")

    # How the desk looks to this person, on every device.
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM, db_default="system")
    density = models.CharField(max_length=10, choices=Density, default=Density.ROOMY, db_default="roomy")
    hidden_columns = ArrayField(models.CharField(max_length=20), default=list, blank=True, db_default=[])
    single_keys = models.BooleanField(default=True, db_default=True)
    sessions_ended = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Raised by one, every session of before is over."
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people of the staff")

    @property
    def needs_second_factor(self) -> bool:
        """Whoever may decide more than an agent may, or opens the settings."""
        return self.role != Role.AGENT or self.is_staff or self.is_superuser

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django asks this at every request: a session holds the value it was begun with."""
        told = f"{self.password}:{self.sessions_ended}"
        return salted_hmac("accounts.User.session", told, secret=secret, algorithm="sha256").hexdigest()

    def visible_merchants(self) -> models.QuerySet[Merchant]:
        """The merchants whose rows this person may see; none while the account is switched off."""
        if not self.is_active:
            return Merchant.objects.none()
        if self.role == Role.ADMIN:
            return Merchant.objects.all()
        return self.merchants.all()


class StaffToken(models.Model):
    """`am_staff_<id>_<secret>`: a person's key to the API, stored as ApiKey is."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("person"))
    key_id = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("staff token")
        verbose_name_plural = _("staff tokens")

    def __str__(self) -> str:
        return f"am_staff_{self.key_id}_…"
