"""Publication of the logs: checkpoints, tiles and entries (C2SP tlog-tiles), proofs, and the keys to verify them."""

import base64
from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

import msgspec
from flask import Response, request
from msgspec import Meta

from app.api import api
from app.api.fields import Strict
from app.api.operation import Call, operation
from app.context import Context, Transaction
from app.domain.access import Scope
from app.domain.checkpoint import origin_of
from app.services.decisions import decision_for
from app.services.publication import (
    SignedTree,
    UnknownLog,
    consistency_text,
    entry_proof,
    inclusion_text,
    log_for,
    signed_tree,
    tile_data,
)

T = TypeVar("T")
TEXT, BYTES = "text/plain", "application/octet-stream"
FOR_EVER, FRESH = "max-age=31536000, immutable", "no-cache"

Size = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,17})(?![\s\S])", examples=["1"])]
LeafHash = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{43}(?![\s\S])", description="As receipts and exports have it: base64url")
]


class ProofQuery(Strict):
    """Which proof: that the entry of `leaf_hash` stands in the tree, or that the tree of `to` leaves begins with that
    of `from`. Without `to` it is the newest checkpoint's.
    """

    leaf_hash: LeafHash | None = None
    from_: Size | None = msgspec.field(default=None, name="from")
    to: Size | None = None

    def __post_init__(self) -> None:
        """Refuse to guess which proof is meant."""
        if (self.leaf_hash is None) is (self.from_ is None) or (self.leaf_hash is not None and self.to is not None):
            raise ValueError("ask with leaf_hash alone, or with from and perhaps to")


def _is_published(context: Context, parts: Mapping[str, str]) -> bool:
    with context.reading(reach=()) as reading:
        try:
            log_for(reading.session, log_id=parts["log"], actor=None)
        except UnknownLog:
            return False
    return True


def _read(call: Call, log_id: str, read: Callable[[Transaction], T]) -> T:
    """Read of a log that the caller may read, in a transaction that reaches nothing else."""
    with call.context.reading(reach=()) as reading:
        log = log_for(reading.session, log_id=log_id, actor=None if call.is_open else call.actor)
    with call.context.reading(reach=None if log.controller_id is None else {log.controller_id}) as reading:
        return read(reading)


def _tree(call: Call, log: str, shard: str | None) -> SignedTree:
    return _read(call, log, lambda tx: signed_tree(tx.session, log_id=log, shard=shard))


def _answer(call: Call, data: str | bytes, kind: str, cache: str) -> Response:
    """Answer with caching headers; a repeated question that nothing has changed for is answered 304."""
    content_type = f"{kind}; charset=utf-8" if kind == TEXT else kind
    answer = Response(data, 200, content_type=content_type)
    answer.headers["Cache-Control"] = f"{'public' if call.is_open else 'private'}, {cache}"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _declared(path: str, summary: str, *, kind: str, query: type[Strict] | None = None) -> Callable[..., object]:
    return operation(
        api,
        "GET",
        f"/log/<log>/{path}",
        scope=Scope.AUDIT_READ,
        is_open=_is_published,
        summary=summary,
        query=query,
        answer=str,
        produces=kind,
    )


@_declared("checkpoint", "The newest checkpoint of a log", kind=TEXT)
def log_checkpoint(call: Call, log: str) -> Response:
    """Give the signed checkpoint of the newest shard."""
    return _answer(call, _tree(call, log, None).note, TEXT, FRESH)


@_declared("<shard>/checkpoint", "The newest checkpoint of a shard", kind=TEXT)
def shard_checkpoint(call: Call, log: str, shard: str) -> Response:
    """Give the signed checkpoint of a shard; an ended one has its last for ever."""
    return _answer(call, _tree(call, log, shard).note, TEXT, FRESH)


@_declared("tile/<level>/<path:index>", "A tile, or a bundle of entries, of a log", kind=BYTES)
def log_tile(call: Call, log: str, level: str, index: str) -> Response:
    """Give `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]` of the newest shard."""
    return _tile(call, log, None, f"{level}/{index}")


@_declared("<shard>/tile/<level>/<path:index>", "A tile, or a bundle of entries, of a shard", kind=BYTES)
def shard_tile(call: Call, log: str, shard: str, level: str, index: str) -> Response:
    """Give `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]` of a shard."""
    return _tile(call, log, shard, f"{level}/{index}")


def _tile(call: Call, log: str, shard: str | None, tile: str) -> Response:
    def read(tx: Transaction) -> bytes:
        return tile_data(tx.session, tree=signed_tree(tx.session, log_id=log, shard=shard), path=tile)

    # without a shard's name another tree will stand here once a new shard begins
    return _answer(call, _read(call, log, read), BYTES, FRESH if shard is None else FOR_EVER)


@_declared("proof", "Prove an entry, or that a log only grew", kind=TEXT, query=ProofQuery)
def log_proof(call: Call, log: str) -> Response:
    """Prove an entry of any shard (C2SP tlog-proof), or that the newest shard only grew."""
    return _proof(call, log, None)


@_declared("<shard>/proof", "Prove an entry, or that a shard only grew", kind=TEXT, query=ProofQuery)
def shard_proof(call: Call, log: str, shard: str) -> Response:
    """Prove an entry of a shard (C2SP tlog-proof), or that the shard only grew."""
    return _proof(call, log, shard)


def _proof(call: Call, log: str, shard: str | None) -> Response:
    query: ProofQuery = call.query

    def read(tx: Transaction) -> str:
        if query.leaf_hash is not None:
            digest = base64.urlsafe_b64decode(query.leaf_hash + "=")
            return inclusion_text(tx.session, log_id=log, shard=shard, leaf_hash=digest)
        tree = signed_tree(tx.session, log_id=log, shard=shard)
        new = None if query.to is None else int(query.to)
        return consistency_text(tx.session, tree=tree, old=int(query.from_ or 0), new=new)

    return _answer(call, _read(call, log, read), TEXT, FRESH)


@_declared("vkey", "The key that verifies a log", kind=TEXT)
def log_vkey(call: Call, log: str) -> Response:
    """Give the newest shard's verifier key, as C2SP signed notes write it."""
    return _vkey(call, log, None)


@_declared("<shard>/vkey", "The key that verifies a shard", kind=TEXT)
def shard_vkey(call: Call, log: str, shard: str) -> Response:
    """Give a shard's verifier key, as C2SP signed notes write it."""
    return _vkey(call, log, shard)


def _vkey(call: Call, log: str, shard: str | None) -> Response:
    tree = _tree(call, log, shard)
    verifier = call.context.log_keys.verifier(origin_of(tree.log_id, tree.shard))
    return _answer(call, f"{verifier.vkey}\n", TEXT, FRESH)


@operation(
    api,
    "GET",
    "/v1/decisions/<uuid:id>/proof",
    scope=Scope.AUDIT_READ,
    or_scope=Scope.CHECK,
    summary="Prove that a decision stands in the log",
    answer=str,
    produces=TEXT,
)
def prove_decision(call: Call, id: str) -> Response:
    """Give the C2SP tlog-proof of a decision, to auditors and to the dialer that holds its receipt."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        proof = entry_proof(reading.session, entry_id=decision_for(reading.session, id=id, actor=call.actor)["id"])
    return _answer(call, proof, TEXT, FRESH)
