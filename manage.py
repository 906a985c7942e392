#!/usr/bin/env python
"""Amends' one command line: `python manage.py help` lists what it can do."""

import os
import sys

# These read code, not data: they run without a database.
WITHOUT_DATABASE = {
    "check", "collectstatic", "compilemessages", "diffsettings", "doctor", "help", "makemessages",
    "spectacular", "startapp", "test", "up", "version", "--help", "-h", "--version",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    if not set(sys.argv[1:2]) <= WITHOUT_DATABASE and not {"--help", "-h"} & set(sys.argv):
        from config import embedded

        embedded.use_for_this_process()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
