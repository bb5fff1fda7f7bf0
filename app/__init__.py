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
    :raises MissingErasureKey: when it holds hashes of erased numbers and not the key they were made with.
    :raises BadMessageBody: when the gateway for messages is not to be used like that.
    :raises LogRolledBack: when it shall be served and lost entries that were published.
    """
    # Imported late: the bounded child process that reads workbooks imports this package too, and must stay small.
    from datetime import timedelta
    from pathlib import Path

    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from app import logs, metrics, web
    from app.api import calls
    from app.api.check_door import CheckDoor
    from app.cli.commands import ALL as COMMANDS
    from app.context import Context
    from app.db.engine import assert_settings, make_engine
    from app.db.migrations import is_current
    from app.domain.errors import Unavailable
    from app.domain.user import SessionLimits
    from app.group_commit import GroupCommit
    from app.jobs.couriers import couriers_for
    from app.jobs.messenger import Messenger
    from app.jobs.outside import OutsideCopies
    from app.jobs.senders import sender_for
    from app.jobs.sequencer import Sequencer
    from app.jobs.worker import Worker
    from app.pages import site
    from app.policies.holidays import load_calendars
    from app.policies.load import shipped
    from app.self_service import door as self_service
    from app.services.cores import CORES
    from app.services.erasures import require_erasure_keys
    from app.services.limits import Bucket, RateLimit
    from app.services.log_keys import LogKeys
    from app.services.outside import Outside
    from app.services.receipts import receipt_key
    from app.work.checking import decide_and_commit

    logs.configure()
    sender = sender_for(
        config.sms, body=config.sms_body, authorization=config.sms_authorization, data_dir=config.data_dir
    )
    config.data_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(config.database_url)
    assert_settings(engine)
    log_keys, local = LogKeys(config.log_key), config.data_dir / "outside"
    folders = [local, *(Path(place) for place in config.outside if place.startswith("/"))]
    context = Context(
        engine=engine,
        data_dir=config.data_dir,
        api_key_pepper=config.api_key_pepper,
        receipt_key=receipt_key(config.receipt_key),
        log_keys=log_keys,
        erasure_keys=config.erasure_keys,
        demo=config.demo,
        require_totp=config.require_totp,
        session_limits=SessionLimits(
            idle=timedelta(seconds=config.session_idle), absolute=timedelta(seconds=config.session_absolute)
        ),
        serves_persons=sender is not None,
        calls_persons=sender is not None and sender.calls,
        codes_an_hour=config.sms_per_hour,
        max_upload=config.max_upload,
        max_evidence=config.max_evidence,
        buckets={
            RateLimit.LIVE: Bucket(RateLimit.LIVE, per_second=config.live_per_second, burst=config.live_burst),
            RateLimit.BULK: Bucket(RateLimit.BULK, per_second=config.bulk_per_second, burst=config.bulk_burst),
            RateLimit.PERSONS: Bucket(RateLimit.PERSONS, per_second=20, burst=100),
            RateLimit.NETWORK: Bucket(RateLimit.NETWORK, per_second=5, burst=60),
        },
        clock=clock,
        outside=Outside(folders, keys=log_keys),
    )
    if is_current(engine):
        try:
            with context.reading(any_history=True) as reading:
                require_erasure_keys(reading.session, keys=config.erasure_keys)
        except Unavailable:
            engine.dispose()
            raise
    context.checks = GroupCommit(
        decide_and_commit(context), timeout=config.check_timeout, max_waiting=config.max_waiting
    )
    app = Flask("app", static_url_path="/static")
    app.extensions["dialgate"] = context
    app.config["SERVING"] = {"host": config.host, "port": config.port, "workers": config.workers, "url": config.url}
    web.install(app)
    metrics.install(app)
    app.register_blueprint(calls.api)
    site.install(app, pepper=config.api_key_pepper)
    self_service.install(app)
    if config.proxies:
        behind = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0)
        app.wsgi_app = behind  # type: ignore[method-assign]
    app.wsgi_app = CheckDoor(app, context)  # type: ignore[method-assign]
    for command in COMMANDS:
        app.cli.add_command(command)
    if config.runs_jobs:
        if config.workers > 1 and config.own_cores:
            CORES.keep_to_one()
        try:
            context.require_own_history()
        except Unavailable:
            engine.dispose()
            raise
        load_calendars({rule.jurisdiction for rule in shipped().rules}, today=context.now().date())
        Worker(context, gives_way=not context.is_sqlite).start()
        Sequencer(context).start()
        if sender is not None:
            Messenger(context, sender=sender).start()
        couriers = couriers_for(config.outside, local=local, smtp=config.smtp, sender=config.smtp_from)
        OutsideCopies(context, couriers=couriers, seconds=config.outside_seconds).start()
    return app
