"""Reads the log for every interface: as a file, a page at a time, as a pack; that it was read is on record first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from app.context import Context
from app.db.exported_entries import ExportedEntry, entries_counted, exported_page
from app.db.log import Log
from app.db.pages import Place
from app.db.types import Row
from app.domain.access import Actor
from app.domain.leaf import LeafKind
from app.services.campaigns import campaign_for
from app.services.evidence import evidence_path, held_among
from app.services.log_export import EntryFilter, ExportFormat, export_pieces, exported_rows, readable_logs
from app.services.log_search import EntrySearch, FoundEntries, find_entries
from app.services.lookups import LookupAct, record_lookup
from app.services.pack_files import PackedArtefact, PackKeys, write_pack
from app.services.pack_words import Language
from app.services.packs import pack_of_decision, pack_of_number
from app.services.proofs import proof_of
from app.work.export_progress import ExportProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is to be exported; None is anything. `controller` and `campaign` are slugs."""

    format: ExportFormat
    controller: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    kind: LeafKind | None = None
    campaign: str | None = None
    verdict: str | None = None
    reason: str | None = None


def exported_log(
    context: Context, *, wanted: Export, actor: Actor, progress: ExportProgress | None = None
) -> Iterator[bytes]:
    """Give the pieces of an export, oldest entry first; only what is settled, so that nothing comes in between.

    Whoever asked for what is on record before the first piece is given. Each page is read in a short transaction
    of its own; take the first piece before telling anybody that it works. `progress` is told how far it is.

    :raises UnknownController, UnknownCampaign, AmbiguousCampaign: when what is named is not the actor's.
    """
    with context.reading(reach=actor.controllers) as reading:
        logs = readable_logs(reading.session, actor=actor, controller=wanted.controller)
        campaign = None
        if wanted.campaign is not None:
            slug, owner = wanted.campaign, wanted.controller
            campaign = campaign_for(reading.session, slug=slug, controller=owner, actor=actor)
            logs = [log for log in logs if log.controller_id == campaign.controller_id]
    chosen = EntryFilter(
        kind=wanted.kind,
        campaign=None if campaign is None else campaign.id,
        verdict=wanted.verdict,
        reason=wanted.reason,
    )
    settled = context.settled_before()
    before = min(wanted.before or settled, settled)
    _record_export(context, wanted, chosen, logs, actor)

    def read_page(log_id: str, after: Place | None, limit: int) -> Sequence[ExportedEntry]:
        with context.reading(reach=actor.controllers) as page:
            since = wanted.since
            return exported_page(page.session, log_id=log_id, since=since, before=before, after=after, limit=limit)

    if progress is None:
        return export_pieces(exported_rows(read_page, logs=logs, wanted=chosen), format=wanted.format)
    with context.reading(reach=actor.controllers) as reading:
        about: dict[str, Any] = {"log_ids": [log.id for log in logs], "since": wanted.since, "before": before}
        total = entries_counted(reading.session, **about, most=progress.most)
    progress.begin(total=total)
    rows = exported_rows(read_page, logs=logs, wanted=chosen, seen=progress.seen)
    return progress.handed_over(export_pieces(progress.written(rows), format=wanted.format))


def _record_export(context: Context, wanted: Export, chosen: EntryFilter, logs: Sequence[Log], actor: Actor) -> None:
    about = {
        "format": wanted.format.value,
        "from": wanted.since,
        "to": wanted.before,
        "kind_asked": wanted.kind,
        "campaign": chosen.campaign,
        "verdict": wanted.verdict,
        "reason": wanted.reason,
    }
    with context.transaction(reach=actor.controllers) as tx:
        shown = {log.controller_id: None for log in logs}
        record_lookup(tx.session, actor=actor, act=LookupAct.LOG_EXPORTED, shown=shown, about=about, now=tx.now)


def searched_log(
    context: Context, *, wanted: EntrySearch, actor: Actor, after: Place | None, limit: int
) -> FoundEntries:
    """Give a page of the log, newest first, after putting on record that it was read.

    :raises UnknownController: when one is named that is not the actor's.
    """
    with context.reading(reach=actor.controllers) as reading:
        found = find_entries(reading.session, wanted=wanted, actor=actor, after=after, limit=limit)
    about = {"from": wanted.since, "to": wanted.before, "kind_asked": wanted.kind}
    with context.transaction(reach=actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.LOG_SHOWN,
            shown=found.shown,
            number=wanted.number,
            about=about,
            words={"act": wanted.act},
            now=tx.now,
        )
    return found


def made_pack(
    context: Context,
    *,
    decision: str | None = None,
    number: int | None = None,
    controller: str | None = None,
    language: Language,
    actor: Actor,
    target: IO[bytes],
) -> None:
    """Write the defence pack of one decision, or of one number with one controller, and put on record that it was made.

    Hand it out only when this has returned: then the record is committed.

    :raises UnknownDecision, UnknownController: when it is not the actor's.
    """
    with context.reading(reach=actor.controllers) as reading:
        if decision is not None:
            pack = pack_of_decision(reading.session, id=decision, actor=actor)
        else:
            pack = pack_of_number(reading.session, number=number or 0, controller=controller or "", actor=actor)
        found = ((id, proof_of(reading.session, entry_id=id)) for id in pack.entries)
        proofs = {id: proof for id, proof in found if proof is not None}
        held = held_among(reading.session, controller_id=pack.controller_id, hashes=pack.evidence)
        made_at = reading.now
    keys = PackKeys(verifier_of=context.log_keys.verifier, jwks=context.receipt_key.jwks())
    artefacts = _files_of(context, pack.controller_id, held)
    write_pack(pack, proofs=proofs, artefacts=artefacts, keys=keys, language=language, made_at=made_at, target=target)
    with context.transaction(reach=actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=actor,
            act=LookupAct.PACK_MADE,
            shown={pack.controller_id: pack.found},
            number=pack.number if number is None else number,
            about={"decision": decision, "language": language.value},
            now=tx.now,
        )


def _files_of(context: Context, controller_id: int, held: Mapping[str, Row]) -> dict[str, PackedArtefact]:
    """Find the files of artefacts; one that is lost is left out, as `flask evidence verify` says."""
    found = {
        digest: PackedArtefact(
            media_type=row["media_type"],
            path=evidence_path(context.data_dir, controller_id=controller_id, sha256=digest),
        )
        for digest, row in held.items()
    }
    return {digest: one for digest, one in found.items() if one.path.is_file()}
