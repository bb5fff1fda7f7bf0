"""Cores: a process that answers checks keeps to one core of the machine.

Python runs one thread of a process at a time. Where the next in turn sleeps on another core, waking it costs more than
what a small request asks of it; so several processes answer more of them where each has a core of its own. What it
starts beside itself (a child that reads a workbook) goes where there is room.
"""

import os
import random
import socket
import sys
from contextlib import ExitStack, suppress
from subprocess import Popen
from typing import Any


class Cores:
    """The cores that this process may use, and the one it keeps to, if it keeps to one.

    A core is claimed by a name that the system takes back from whoever dies, so that no two processes keep to the same
    (Linux: an abstract Unix socket; each container has its own such names). They are tried in random order, lest all
    containers of a machine meet at its first core.
    """

    def __init__(self, names: str = "dialgate core") -> None:
        self._names = names
        self._claim: socket.socket | None = None
        self._all: set[int] = set()

    def keep_to_one(self) -> int | None:
        """Claim a core and keep to it with every thread that is started from now on; give it.

        None is that the process roams as before: where there is one core or no free one, where the system forbids
        it, and elsewhere than on Linux.
        """
        if sys.platform != "linux" or self._claim is not None:
            return None
        with suppress(OSError):  # a service may be forbidden to ask, or to choose
            cores = os.sched_getaffinity(0)
            for core in random.sample(sorted(cores), len(cores)) if len(cores) > 1 else ():
                if (claim := self._claimed(core)) is not None:
                    with ExitStack() as stack:
                        stack.callback(claim.close)
                        os.sched_setaffinity(0, {core})
                        stack.pop_all()
                    self._claim, self._all = claim, cores
                    return core
        return None

    def let_roam(self, child: "Popen[Any]") -> None:
        """Let a process that was just started use every core that this one could."""
        if self._claim is not None:
            with suppress(OSError):  # it ended at once, or those cores were taken away
                os.sched_setaffinity(child.pid, self._all)

    def _claimed(self, core: int) -> socket.socket | None:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0{self._names} {core}")
        except OSError:
            claim.close()
            return None
        return claim


CORES = Cores()
"""Those of this process."""
