"""The web process: `granian --interface wsgi config.wsgi:application`."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from config.embedded.servers import dies_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if multiprocessing.parent_process():
    # A worker process of a killed server would keep the port.
    dies_with_parent(signal.SIGKILL, parent=os.getppid())()

application = get_wsgi_application()
