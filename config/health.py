"""Two questions an orchestrator asks: is the process alive, and can it serve."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

ANSWER_WITHIN = 2.0


def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nobody else."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and broker are in order; else 503 with what is not (RFC 9457)."""
    wrong = {name: problem for name, check in CHECKS.items() if (problem := check())}
    if not wrong:
        return JsonResponse({"status": "ok"})
    problem = {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Not ready: " + ", ".join(wrong),
        "checks": wrong,
    }
    return JsonResponse(problem, status=503, content_type="application/problem+json")


def database_problem() -> str | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database does not answer."
    return None


def migrations_problem() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "The database does not answer."
    return f"{len(missing)} migrations are not applied: run `manage.py migrate`." if missing else None


def broker_problem() -> str | None:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN
        )
        with client:
            client.ping()
    except (redis.RedisError, OSError):
        return "Redis does not answer."
    return None


CHECKS: dict[str, Callable[[], str | None]] = {
    "database": database_problem,
    "migrations": migrations_problem,
    "broker": broker_problem,
}
