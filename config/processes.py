"""The product's own processes: started by the commands of the Procfile, watched, and ended together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded.servers import dies_with_parent

PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"
# Longer than a worker's soft shutdown (config.celery), which lets running ticks finish.
ENDED_WITHIN = 20.0
QUICK_DEATH = 5.0
LONGEST_PAUSE = 30.0
LARGEST_LOG = 10 * 2**20


@dataclass
class Process:
    """One line of the Procfile and the program it runs now."""

    name: str
    command: str
    log: Path
    running: subprocess.Popen | None = None
    started: float = 0.0
    pause: float = 0.0
    again_at: float = 0.0
    wanted: bool = False

    def start(self, environment: dict[str, str]) -> None:
        _turn_over(self.log)
        with self.log.open("ab") as output:
            # A session of its own, to end its children with it; `exec`, so that the pid is the program's.
            self.running = subprocess.Popen(
                ["sh", "-c", f"exec {self.command}"], cwd=PROCFILE.parent, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True, preexec_fn=dies_with_parent(signal.SIGTERM),
            )  # fmt: skip
        self.started = time.monotonic()

    def end_group(self) -> None:
        """Kill what a dead process left of its children: a leftover holds the port."""
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)


def read_procfile(logs: Path, path: Path = PROCFILE) -> list[Process]:
    lines = [line.partition(":") for line in path.read_text().splitlines() if line.strip()]
    return [
        Process(name.strip(), command.strip(), logs / f"{name.strip()}.log") for name, _, command in lines
    ]


class Watch:
    """Keeps processes running until `end`; tells `say` what changes."""

    def __init__(
        self, processes: list[Process], *, environment: dict[str, str], say: Callable[[str], None]
    ) -> None:
        self.processes = processes
        self._environment = environment | {
            "PATH": f"{Path(sys.executable).parent}:{environment.get('PATH', '')}"
        }
        self._say = say

    def start(self, *names: str) -> None:
        for process in self.processes:
            if process.name in names:
                process.wanted = True
                process.start(self._environment)

    def look(self) -> None:
        """Start again what has died: at once, then ever more slowly while it keeps dying young."""
        now = time.monotonic()
        for process in (each for each in self.processes if each.wanted):
            if process.running and process.running.poll() is not None:
                process.end_group()
                young = now - process.started < QUICK_DEATH
                process.pause = min(max(1.0, process.pause * 2), LONGEST_PAUSE) if young else 0.0
                process.again_at = now + process.pause
                self._say(f"{process.name} ended ({_reason(process.running.returncode)}); see {process.log}")
                process.running = None
            if process.running is None and now >= process.again_at:
                process.start(self._environment)
                self._say(f"{process.name} started again")

    def end(self) -> None:
        running = [process for process in self.processes if process.running]
        for process in running:
            process.running.terminate()
        deadline = time.monotonic() + ENDED_WITHIN
        for process in running:
            try:
                process.running.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"{process.name} does not end: killed")
            process.end_group()
            process.running.wait()


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _turn_over(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
