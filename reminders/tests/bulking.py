"""Acts on many cases, for tests: a shop with debtors, and people who choose some of their cases."""

from accounts.models import User
from defaults.models import DefaultCase
from defaults.services.limited_acts import Maker
from reminders.models import Job
from reminders.services.job_rows import carry_out
from reminders.services.jobs import Asker, ask_job

from .world import World


class Bulk(World):
    """`mina`, whatever her name, is an agent of the shop."""

    def __init__(self, number: int = 3, *, agent: str = "mina", **fields) -> None:
        super().__init__(**fields)
        self.cases = [self.debtor(place) for place in range(1, number + 1)]
        self.mina = self.person(agent)

    def person(self, name: str, role: str = "agent") -> User:
        user = User.objects.create_user(name, role=role)
        user.merchants.set([self.merchant])
        return user

    def asker(self, user: User | None = None) -> Asker:
        user = user or self.mina
        return Asker(maker=Maker(f"staff:{user.username}", user.role), user=user)

    def ask(self, action: str, *, cases=None, user: User | None = None, **args) -> Job:
        chosen = DefaultCase.objects.order_by("pk") if cases is None else cases
        told = {"filter": {"view": "open"}}
        return ask_job(cases=chosen, asker=self.asker(user), action=action, args=args, chosen=told)

    def work(self, job: Job) -> Job:
        carry_out(job, clock=lambda: self.now, seconds=60)
        job.refresh_from_db()
        return job

    def bulk(self, action: str, **options) -> Job:
        return self.work(self.ask(action, **options))


def rows_of(job: Job) -> list[tuple[str, str]]:
    return list(job.rows.order_by("pk").values_list("state", "code"))
