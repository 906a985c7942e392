"""A laboratory: servers of its own with default durability, an empty database, and figures printed as ratios.

with laboratory():
    ...  # Django is set up, the schema is there
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def laboratory() -> Iterator[None]:
    """Start PostgreSQL and Redis in a temporary folder on disk (or use DATABASE_URL and REDIS_URL), and migrate."""
    sys.path.insert(0, str(ROOT))
    from config import embedded

    var = Path(tempfile.mkdtemp(prefix="amends-lab-"))
    os.environ |= {"AMENDS_VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}
    use = embedded.use(var, temporary=True) if embedded.wanted() else None
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        if use:
            use.close(wait=30)
        shutil.rmtree(var, ignore_errors=True)


def interleaved(contestants: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    """Run all contestants in turn, `rounds` times; answers each one's median rate."""
    rates = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            rates[name].append(run())
    for name, seen in rates.items():
        print(
            f"{name:44} median {statistics.median(seen):>10,.0f}/s   ({min(seen):,.0f} to {max(seen):,.0f})"
        )
    return {name: statistics.median(seen) for name, seen in rates.items()}


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second when `work` does `count` of them."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def verdict(what: str, ratio: float, least: float) -> None:
    print(f"{what}: {ratio:.2f} (at least {least}) {'ok' if ratio >= least else 'MISSED'}")
