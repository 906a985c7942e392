"""The web process: `granian --interface wsgi config.wsgi:application`."""

import gc
import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config.embedded.servers import dies_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if multiprocessing.parent_process():
    # A worker process of a killed server would keep the port.
    dies_with_parent(signal.SIGKILL, parent=os.getppid())()

application = get_wsgi_application()

# What is loaded by now stays for ever: looking through it for garbage again and again costs intake a third of its time.
get_resolver().url_patterns  # noqa: B018 every view, and with them nearly every module
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
