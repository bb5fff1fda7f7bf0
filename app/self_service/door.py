"""The pages of called persons, put together: importing this module declares every one of them."""

from flask import Flask

from app.self_service import asking, record, self_service

__all__ = ["asking", "install", "record"]


def install(app: Flask) -> None:
    """Give the app its pages of called persons. Forms, languages and trouble are those of all pages."""
    app.register_blueprint(self_service)
