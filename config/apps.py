"""The project as an app: it brings the management commands, and Celery's app for the tasks to register with."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401
