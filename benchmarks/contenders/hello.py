"""Flask and nothing else: a constant answer to the same request."""

from flask import Flask

app = Flask(__name__)


@app.post("/v1/checks")
def hello() -> dict[str, str]:
    """Say hello."""
    return {"hello": "world"}
