"""All commands."""

from app.cli import (
    campaigns,
    checks,
    consents,
    controllers,
    database,
    demo,
    jobs,
    keys,
    lists,
    log,
    policies,
    suppressions,
)
from app.cli.serve import serve

ALL = (
    serve,
    *(
        noun.group
        for noun in (
            campaigns,
            checks,
            consents,
            controllers,
            database,
            demo,
            jobs,
            keys,
            lists,
            log,
            policies,
            suppressions,
        )
    ),
)
