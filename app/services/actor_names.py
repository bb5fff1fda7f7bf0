"""Who is meant by the id of an actor: the name of a user, or of an API key."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.db.api_keys import api_keys_by_id
from app.db.users import user_names
from app.domain.access import USER


def actor_names(session: Session, *, ids: Collection[str]) -> dict[str, str]:
    """Give the names of actors by their ids, in two statements; one that is neither user nor key is left out."""
    people = user_names(session, ids={id.removeprefix(USER) for id in ids if id.startswith(USER)})
    keys = api_keys_by_id(session, ids=sorted(id for id in ids if not id.startswith(USER)))
    return {f"{USER}{id}": name for id, name in people.items()} | {id: key.name for id, key in keys.items()}
