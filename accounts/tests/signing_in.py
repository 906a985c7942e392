"""People with second factors, and the codes their apps would show."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from accounts.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "correct-horse-battery"


def with_app(user: User) -> Authenticator:
    """The person has an app that holds SECRET, and recovery codes."""
    RecoveryCodes.activate(user)
    return TOTP.activate(user, SECRET).instance


def code_of(secret: str = SECRET, *, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` windows of half a minute later."""
    return format_hotp_value(hotp_value(secret.replace(" ", ""), int(time.time()) // 30 + ahead))


def password_step(client: Client, username: str, password: str = PASSWORD, **extra: str) -> HttpResponse:
    return client.post("/sign-in/", {"username": username, "password": password}, **extra)


def code_step(client: Client, code: str) -> HttpResponse:
    return client.post("/sign-in/second/", {"code": code})
