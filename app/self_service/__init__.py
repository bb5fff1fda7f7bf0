"""HTML for called persons: who called me, and stop it. Public; whoever looks proves first to hold the number."""

from flask import Blueprint

from app.web.own_forms import strict

self_service = Blueprint("self_service", __name__)
self_service.after_request(strict)
