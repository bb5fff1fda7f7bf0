"""The five kinds of trouble. Each module defines its leaves beside the function that raises them."""


class Trouble(Exception):
    """Something is the matter.

    The docstring of a leaf is the problem's title, so it is one sentence. `code` is published and
    never renamed. `detail` may name a row, a column or a field; it never holds a number or a secret. `errors` are
    places in what was sent and the code of what is wrong there, where there may be several.
    `retry_after` are the seconds after which it may be worth to ask again; None where nothing is known of that.
    """

    code = "trouble"
    retry_after: int | None = None
    errors: tuple[tuple[str, str], ...] = ()

    def __init__(self, detail: str = "", *, pointer: str | None = None) -> None:
        super().__init__(detail or (type(self).__doc__ or self.code))
        self.detail = detail
        self.pointer = pointer

    @property
    def title(self) -> str:
        """The problem in one sentence."""
        return (type(self).__doc__ or self.code).strip().splitlines()[0]


class InvalidInput(Trouble):
    """The input is not acceptable."""

    code = "invalid_input"


class NotFound(Trouble):
    """There is no such thing here."""

    code = "not_found"


class Conflict(Trouble):
    """The request contradicts what is on record."""

    code = "conflict"


class Forbidden(Trouble):
    """This key may not do that."""

    code = "forbidden"


class Unavailable(Trouble):
    """No answer can be given now; nothing may be dialled."""

    code = "unavailable"
