"""Dialgate: `create_app` is the one place where things are put together."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask

    from config import Config


def create_app(config: "Config", *, clock: "Callable[[], datetime] | None" = None) -> "Flask":
    """Put the service together. `clock` replaces the real one, for tests and rehearsals.

    :raises UnsafeSettings: when the database could lose an answered decision.
    """
    # Imported late: the bounded child process that reads workbooks imports this package too, and must stay small.
    from flask import Flask

    from app import logs, metrics, web
    from app.api import calls
    from app.checking import decide_and_commit
    from app.cli.commands import ALL as COMMANDS
    from app.context import Context
    from app.db.engine import assert_settings, make_engine
    from app.group_commit import GroupCommit
    from app.jobs.sequencer import Sequencer
    from app.jobs.worker import Worker
    from app.policies.holidays import load_calendars
    from app.policies.load import shipped
    from app.services.log_keys import LogKeys
    from app.services.receipts import receipt_key

    logs.configure()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(config.database_url)
    assert_settings(engine)
    context = Context(
        engine=engine,
        data_dir=config.data_dir,
        api_key_pepper=config.api_key_pepper,
        receipt_key=receipt_key(config.receipt_key),
        log_keys=LogKeys(config.log_key),
        erasure_keys=config.erasure_keys,
        demo=config.demo,
        max_upload=config.max_upload,
        clock=clock,
    )
    context.checks = GroupCommit(decide_and_commit(context), timeout=config.check_timeout)
    app = Flask("app", static_url_path="/static")
    app.extensions["dialgate"] = context
    app.config["SERVING"] = {"host": config.host, "port": config.port, "workers": config.workers}
    web.install(app)
    metrics.install(app)
    app.register_blueprint(calls.api)
    for command in COMMANDS:
        app.cli.add_command(command)
    if config.runs_jobs:
        load_calendars({rule.jurisdiction for rule in shipped().rules}, today=context.now().date())
        Worker(context).start()
        Sequencer(context).start()
    return app
