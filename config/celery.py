"""Celery rings the alarm clock; the tables are the queue.

Every task is an idempotent tick that asks its table what is due, so a tick lost, doubled or late is harmless.
Run `celery -A config.celery worker` and one `celery -A config.celery beat`.
"""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

# Seconds between the ticks of each stage (docs/architecture.md).
TICKS = {
    "accounts.tasks.retry_parked": 20,
    "accounts.tasks.apply_gateway_events": 5,
    "accounts.tasks.expire_checkouts": 30,
    "accounts.tasks.carry_out_refunds": 30,
    "accounts.tasks.tell_sandbox_answers": 10,
    "accounts.tasks.forget_answers": 3600,
    "accounts.tasks.forget_sessions": 3600,
    "accounts.tasks.read_names": 5,
    "defaults.tasks.detect_defaults": 30,
    "defaults.tasks.reassess_touched": 5,
    "defaults.tasks.expire_agreements": 30,
    "defaults.tasks.wake_snoozed": 10,
    "defaults.tasks.forget_presence": 60,
    "defaults.tasks.note_receipts": 5,
    "defaults.tasks.watch_protections": 60,
    "defaults.tasks.hold_minors": 900,
    "defaults.tasks.keep_chances": 600,
    "defaults.tasks.accrue_fees": 3600,
    "reminders.tasks.plan_next_steps": 15,
    "reminders.tasks.carry_out_runs": 5,
    "reminders.tasks.carry_out_jobs": 2,
    "reminders.tasks.answer_customers": 5,
    "reminders.tasks.send_due_messages": 5,
    "reminders.tasks.release_stalled": 15,
    "reminders.tasks.apply_deliveries": 10,
    "reminders.tasks.tell_agencies": 15,
}

app = Celery("amends")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_time_limit=60,
    task_soft_time_limit=45,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
    worker_soft_shutdown_timeout=10,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    task_serializer="json",
    accept_content=["json"],
    enable_utc=True,
    timezone="UTC",
    beat_schedule_filename=str(settings.VAR_DIR / "beat-schedule"),
    beat_schedule={
        # A tick that waited longer than its interval is replaced by the next one.
        task.rpartition(".")[2]: {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}
        for task, seconds in TICKS.items()
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_rest(**_: object) -> None:
    logging.config.dictConfig(settings.LOGGING)
