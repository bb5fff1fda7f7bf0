"""JSON under /v1: each module is one noun, its bodies on top, its calls below."""

from flask import Blueprint

api = Blueprint("api", __name__)
