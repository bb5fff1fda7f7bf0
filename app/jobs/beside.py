"""Keeps a process at work beside a server: started again when it dies, ended when the server is gone.

Run as `python -m app.jobs.beside PID`. It puts no service together itself, and stays small.
"""

import os
import signal
import subprocess
import sys
import time

_AGAIN_AFTER = 1.0
"""Seconds before a process that died is started again, and between two looks at the server."""


def main(server: int) -> None:
    """Keep the process until the server, whose child this is, is gone."""
    command = [sys.executable, "-m", "flask", "jobs", "work", "--beside", str(os.getpid())]
    while os.getppid() == server:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as work:
            while work.poll() is None and os.getppid() == server:
                time.sleep(_AGAIN_AFTER)
            work.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]))
