"""`manage.py up`: all of Amends in one terminal, until Ctrl-C."""

import fcntl
import http.client
import os
import secrets
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from accounts.models import Merchant, Role, User
from config import embedded, health, processes

ANSWERS_WITHIN = 30.0
LOOK_EVERY = 0.5
HEALTH_EVERY = 15.0
SERVERS_END_WITHIN = 30.0


class Interrupted(Exception):
    """Ctrl-C, a TERM, or the terminal is gone."""


class Command(BaseCommand):
    help = "Starts the servers (unless DATABASE_URL and REDIS_URL name others), the web, the worker and the beat."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="port of the web (default: PORT or 8000)"
        )
        parser.add_argument("--no-sample", action="store_true", help="start empty, without the sample world")

    def handle(self, *, port: int, no_sample: bool, **_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        with ExitStack() as stack:
            try:
                stack.enter_context(_only_one(settings.VAR_DIR, port))
                _check_port(port)
                self._servers(stack)
                sign_in = self._prepare(no_sample)
                self._run(stack, port, sign_in)
            except Interrupted:
                self._say("Ending …")
                _finish_undisturbed()
        self._say("Ended.")

    def _servers(self, stack: ExitStack) -> None:
        if not embedded.wanted():
            return
        self._say(f"Starting PostgreSQL and Redis in {settings.VAR_DIR} …")
        try:
            use = embedded.use(settings.VAR_DIR)
        except embedded.EmbeddedError as problem:
            raise CommandError(str(problem)) from problem
        stack.callback(use.close, wait=SERVERS_END_WITHIN)
        stack.callback(connection.close)

    def _prepare(self, no_sample: bool) -> str:
        """Bring the database to date; returns how to sign in."""
        if problem := health.database_problem():
            raise CommandError(f"{problem} Is DATABASE_URL right?")
        if health.migrations_problem():
            self._say("Migrating …")
            call_command("migrate", verbosity=0, interactive=False)
        sign_in = _first_account()
        begun = settings.VAR_DIR / "begun"
        if not begun.exists():
            if (
                not no_sample
                and not settings.PRODUCTION
                and "seed" in get_commands()
                and not Merchant.objects.exists()
            ):
                self._say("Creating the sample world …")
                call_command("seed", stdout=self.stdout, stderr=self.stderr)
            begun.touch()
        return sign_in

    def _run(self, stack: ExitStack, port: int, sign_in: str) -> None:
        address = os.environ.get("AMENDS_PUBLIC_URL") or f"http://localhost:{port}"
        environment = dict(os.environ) | {
            "PORT": str(port),
            "AMENDS_VAR_DIR": str(settings.VAR_DIR),
            "DATABASE_URL": settings.DATABASE_URL,
            "REDIS_URL": settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        }
        settings.INSTANCE.logs.mkdir(mode=0o700, exist_ok=True)
        watch = processes.Watch(
            processes.read_procfile(settings.INSTANCE.logs), environment=environment, say=self._say
        )
        stack.callback(watch.end)
        # The web first, alone: it is what people wait for.
        watch.start("web")
        _wait_for_answer(port, watch)
        watch.start("worker", "beat")
        lines = (
            f"Amends is at  {address}/",
            sign_in,
            f"Logs are in   {settings.INSTANCE.logs}",
            "Ctrl-C ends it.",
        )
        self._say("\n  " + "\n  ".join(lines) + "\n")
        self._watch(watch)

    def _watch(self, watch: processes.Watch) -> None:
        said, asked = "", 0.0
        while True:
            watch.look()
            if time.monotonic() - asked > HEALTH_EVERY:
                asked, found = time.monotonic(), _status()
                if found != said:
                    self._say(found)
                said = found
            time.sleep(LOOK_EVERY)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _interrupt(*_: object) -> None:
    # A second Ctrl-C must not break off the ending.
    _finish_undisturbed()
    raise Interrupted


def _finish_undisturbed() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _only_one(var: Path, port: int) -> IO[str]:
    """Hold this instance; the kernel lets go when the process ends, however it ends."""
    lock = (var / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        running = lock.read().strip() or "another process"
        raise CommandError(
            f"Amends already runs in {var} ({running}). "
            "End it first, or give this one an AMENDS_VAR_DIR and a PORT of its own."
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, port {port}")
    lock.flush()
    return lock


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((os.environ.get("HOST") or "127.0.0.1", port))
        except (OSError, OverflowError) as problem:
            raise CommandError(
                f"Port {port} cannot be used ({problem}). Choose another: PORT=… make run"
            ) from None


def _first_account() -> str:
    """Somebody must be able to sign in: makes `admin` when there is no staff at all."""
    path = settings.VAR_DIR / "sign-in"
    if settings.PRODUCTION:
        return "Make the first account with `manage.py createsuperuser`."
    if not User.objects.filter(is_staff=True).exists():
        password = secrets.token_urlsafe(9)
        User.objects.create_superuser("admin", password=password, role=Role.ADMIN, language="en")
        path.touch(mode=0o600)
        path.write_text(f"admin / {password}\n")
    if path.exists():
        return f"Sign in as    {path.read_text().strip()}"
    return "Sign in with your account."


def _wait_for_answer(port: int, watch: processes.Watch) -> None:
    deadline = time.monotonic() + ANSWERS_WITHIN
    while time.monotonic() < deadline:
        watch.look()
        wire = http.client.HTTPConnection(os.environ.get("HOST") or "127.0.0.1", port, timeout=2)
        try:
            wire.request("GET", "/healthz")
            # Any answer will do: ALLOWED_HOSTS may not know this name.
            wire.getresponse()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            wire.close()
    raise CommandError(
        f"The web does not answer on port {port}. Its last words are in {settings.INSTANCE.logs / 'web.log'}."
    )


def _status() -> str:
    wrong = [problem for check in health.CHECKS.values() if (problem := check())]
    return " ".join(wrong) or "All is well: web, worker, beat, database, broker."
