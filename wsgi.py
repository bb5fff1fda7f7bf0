"""The service, made of the environment's settings."""

import gc
import os

os.umask(0o077)  # what is written here is for the owner alone

from app import create_app  # noqa: E402
from app.domain.errors import Unavailable  # noqa: E402
from config import BadConfig, Config  # noqa: E402

try:
    app = create_app(Config.from_environ(os.environ))
except (BadConfig, Unavailable) as fault:
    raise SystemExit(f"dialgate cannot start:\n{fault}") from None

# What stands now stands for good: numbering plans, rules, calendars. The collector need not walk through it again and
# again, which was a seventh of the time of a check.
gc.collect()
gc.freeze()
