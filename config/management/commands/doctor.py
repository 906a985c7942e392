"""`manage.py doctor`: is this installation in order, and if not, what to do."""

import os
import sys
import tempfile
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from common import clock
from config import embedded, health, keys

OLDEST_POSTGRES = 15
LARGEST_SKEW_SECONDS = 2.0
ZONES_WANTED = ("Asia/Seoul", "America/Sao_Paulo", "America/New_York", "Europe/Berlin")


class Command(BaseCommand):
    help = "Checks database, broker, migrations, keys, clock, folders and time zones; exit code 1 when one is wrong."
    requires_system_checks = []

    def handle(self, **_: object) -> None:
        embedded.use_for_this_process()
        wrong = 0
        for name, check in CHECKS.items():
            problem = check()
            wrong += bool(problem)
            self.stdout.write(f"FAIL  {name}: {problem}" if problem else f"ok    {name}")
        if wrong:
            sys.exit(1)


def database() -> str | None:
    if problem := health.database_problem():
        return f"{problem} Check DATABASE_URL, and that the server runs."
    version = connection.pg_version // 10000
    if version < OLDEST_POSTGRES:
        return f"PostgreSQL {version} is too old: use {OLDEST_POSTGRES} or later."
    return None


def durability() -> str | None:
    """A commit that can be lost makes an acknowledged event that can be lost."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('fsync')")
            commit, fsync = cursor.fetchone()
    except DatabaseError:
        return "The database does not answer."
    if commit == "off" or fsync == "off":
        return f"synchronous_commit is {commit} and fsync is {fsync}: set both to on."
    return None


def broker() -> str | None:
    if problem := health.broker_problem():
        return f"{problem} Check REDIS_URL, and that the server runs."
    try:
        with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    except redis.RedisError:
        return None  # a managed Redis that hides its configuration
    if policy not in (None, "noeviction"):
        return f"maxmemory-policy is {policy}: set it to noeviction, or ticks get lost."
    return None


def clocks() -> str | None:
    try:
        clock.now()
    except (ImproperlyConfigured, OSError, ValueError) as problem:
        return f"The business clock cannot be read: {problem}"
    try:
        with connection.cursor() as cursor:
            before = datetime.now(UTC)
            cursor.execute("SELECT clock_timestamp()")
            there, after = cursor.fetchone()[0], datetime.now(UTC)
    except DatabaseError:
        return "The database does not answer."
    skew = max((before - there).total_seconds(), (there - after).total_seconds())
    if skew > LARGEST_SKEW_SECONDS:
        return f"This clock and the database's differ by {skew:.1f} s: set both by NTP."
    return None


def encryption_keys() -> str | None:
    if wrong := keys.check_keys(settings.AMENDS_KEYS):
        return "; ".join(wrong)
    if settings.KEYS_FILE.stat().st_mode & 0o077:
        return f"{settings.KEYS_FILE} can be read by others: chmod 600 {settings.KEYS_FILE}"
    return None


def folder() -> str | None:
    try:
        with tempfile.TemporaryFile(dir=settings.VAR_DIR):
            pass
    except OSError as problem:
        return (
            f"{settings.VAR_DIR} cannot be written to ({problem.strerror}): give it to user {os.geteuid()}."
        )
    return None


def zones() -> str | None:
    missing = [name for name in ZONES_WANTED if name not in zoneinfo.available_timezones()]
    return f"{', '.join(missing)} unknown: install tzdata." if missing else None


def second_factor() -> str | None:
    if settings.PRODUCTION and settings.AMENDS_SECOND_FACTOR != "required":
        return "A password alone opens everything to lead and above: leave AMENDS_SECOND_FACTOR at required."
    return None


CHECKS: dict[str, Callable[[], str | None]] = {
    "database": database,
    "durable commits": durability,
    "migrations": health.migrations_problem,
    "redis": broker,
    "encryption keys": encryption_keys,
    "second factor": second_factor,
    "clocks": clocks,
    "writable folder": folder,
    "time zones": zones,
}
