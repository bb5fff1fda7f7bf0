"""All commands."""

from app.cli import (
    bundles,
    campaigns,
    checks,
    consents,
    controllers,
    database,
    demo,
    evidence,
    jobs,
    keys,
    lists,
    log,
    persons,
    policies,
    published_log,
    registers,
    registrations,
    relationships,
    suppressions,
    users,
)
from app.cli.serve import serve

ALL = (
    serve,
    *(
        noun.group
        for noun in (
            bundles,  # adds to `flask log`
            campaigns,
            checks,
            consents,
            controllers,
            database,
            demo,
            evidence,
            jobs,
            keys,
            lists,
            log,
            persons,
            policies,
            published_log,  # likewise
            registers,
            registrations,
            relationships,
            suppressions,
            users,
        )
    ),
)
