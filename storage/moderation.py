"""Moderation: what admins see and do, each of their actions with an entry in the audit log."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

import asyncpg
import orjson

from storage.accounts import addresses
from storage.database import name_search
from storage.database.columns import Columns
from storage.database.paging import after, page_by_id
from storage.database.pool import Database
from storage.database.query import Command, Query, Scalar
from storage.database.user_columns import media_of_ids, user_ref
from storage.database.visibility import NOBODY
from storage.errors import NotFound, ReportClosed
from storage.records import Media, Page, UserRef
from storage.search_index import names


@dataclass(frozen=True, slots=True)
class Account:
    """A user as admins see them."""

    id: int
    username: str
    display_name: str
    email: str
    is_admin: bool
    email_verified_at: datetime | None
    suspended_at: datetime | None
    last_seen_at: datetime | None
    created_at: datetime


# From users u.
ACCOUNT = Columns(Account, {field.name: f"u.{field.name}" for field in fields(Account)})
ACCOUNTS = Query(
    f"""
    SELECT {ACCOUNT} FROM users u
     WHERE u.id < $1 AND u.deleted_at IS NULL
       AND ($2::text IS NULL OR u.username ILIKE $2 OR u.display_name ILIKE $2 OR u.email ILIKE $2
            OR u.email ILIKE $3 OR EXISTS (
                SELECT FROM user_names n WHERE n.user_id = u.id AND n.display_name LIKE $6))
       AND ($4::boolean IS NULL OR (u.suspended_at IS NOT NULL) = $4)
     ORDER BY u.id DESC LIMIT $5""",
    ACCOUNT,
)


async def accounts(
    db: Database, search: str | None, suspended: bool | None, limit: int, cursor: str | None
) -> Page[Account]:
    """Return accounts, the newest first; search finds any part of the names and of the address."""
    typed = address = spelled = None
    if search is not None:
        typed = name_search.substring_pattern(search)
        address = name_search.substring_pattern(addresses.forms(search).kept)
        spelled = name_search.substring_pattern(names.spell(search))
    rows = await ACCOUNTS.all(db, after(cursor), typed, address, suspended, limit + 1, spelled)
    return page_by_id(rows, limit)


AdminAction = Literal["suspend", "restore", "make_admin", "revoke_admin"]


def _action(change: str) -> Command:
    return Command(f"UPDATE users SET {change} WHERE id = $1 AND deleted_at IS NULL")


ADMIN_ACTIONS: dict[AdminAction, Command] = {
    "suspend": _action("suspended_at = coalesce(suspended_at, now())"),
    # A bot is suspended for as long as its owner is, and until it is purged with a deleted one.
    "restore": _action("""suspended_at = (
        SELECT coalesce(o.suspended_at, o.deleted_at) FROM users o WHERE o.id = users.owner_id)"""),
    "make_admin": _action("is_admin = true"),
    "revoke_admin": _action("is_admin = false"),
}
ACCOUNT_BY_ID = Query(
    f"SELECT {ACCOUNT} FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL", ACCOUNT
)


async def act(
    db: Database, admin_id: int, action: AdminAction, user_id: int, reason: str | None
) -> Account:
    """Do this to a user, whether or not it was so already. NotFound."""
    async with db.transaction() as connection:
        if not await ADMIN_ACTIONS[action].run(connection, user_id):
            raise NotFound("user")
        detail = {} if reason is None else {"reason": reason}
        await append_audit_entry(connection, admin_id, action, "user", user_id, detail)
        return await ACCOUNT_BY_ID.one(connection, user_id)


IS_ADMIN = Scalar("SELECT is_admin FROM users WHERE id = $1", bool)


async def is_admin(db: Database, user_id: int) -> bool:
    """Return whether a user is an admin now."""
    return await IS_ADMIN.one(db, user_id)


APPEND_AUDIT_ENTRY = Command("""
    INSERT INTO audit_log (admin_id, action, target_kind, target_id, detail)
    VALUES ($1, $2, $3, $4, $5::text::jsonb)""")


async def append_audit_entry(
    connection: asyncpg.Connection,
    admin_id: int,
    action: str,
    target_kind: str,
    target_id: int,
    detail: dict[str, Any],
) -> None:
    """Append to the audit log, in the transaction of the action."""
    text = orjson.dumps(detail).decode()
    await APPEND_AUDIT_ENTRY.run(connection, admin_id, action, target_kind, target_id, text)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An action of an admin; detail is the JSON of what more there is to say."""

    id: int
    admin: UserRef | None
    action: str
    target_kind: str
    target_id: int
    detail: str
    created_at: datetime


AUDIT_ENTRY = Columns(
    AuditEntry,
    {
        "id": "l.id",
        "admin": user_ref("a").within("CASE WHEN a.id IS NOT NULL THEN {} END"),
        "action": "l.action",
        "target_kind": "l.target_kind",
        "target_id": "l.target_id",
        "detail": "l.detail::text",
        "created_at": "l.created_at",
    },
)
AUDIT_ENTRIES = Query(
    f"""
    SELECT {AUDIT_ENTRY}
      FROM audit_log l LEFT JOIN users a ON a.id = l.admin_id
     WHERE l.id < $1 ORDER BY l.id DESC LIMIT $2""",
    AUDIT_ENTRY,
)


async def audit_entries(db: Database, limit: int, cursor: str | None) -> Page[AuditEntry]:
    """Return the audit log, the newest entry first."""
    return page_by_id(await AUDIT_ENTRIES.all(db, after(cursor), limit + 1), limit)


Status = Literal["open", "resolved", "dismissed"]


@dataclass(frozen=True, slots=True)
class Report:
    """About a user, a post or a message; what is gone by now is None. user_id is its author."""

    id: int
    reporter: UserRef
    user_id: int | None
    post_id: int | None
    message_id: int | None
    reason: str
    status: Status
    created_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A post or message as it was when it was reported; conversation_id: of a message."""

    author: UserRef
    content: str
    media: list[Media]
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class AdminReport(Report):
    """A report as admins see it; reported is None when it is about a user."""

    reported: Reported | None


# From reports r and its reporter u.
REPORT = Columns(
    Report,
    {
        "id": "r.id",
        "reporter": user_ref("u"),
        "user_id": "r.user_id",
        "post_id": "r.post_id",
        "message_id": "r.message_id",
        "reason": "r.reason",
        "status": "r.status",
        "created_at": "r.created_at",
        "resolved_at": "r.resolved_at",
    },
)
REPORTED = Columns(
    Reported,
    {
        "author": user_ref("a"),
        "content": "r.content",
        "media": media_of_ids("r.media_ids", "r.media_alts"),
        "conversation_id": "r.conversation_id",
    },
)
# From reports r, its reporter u and its author a.
ADMIN_REPORT = REPORT.extend(
    AdminReport, reported=REPORTED.within("CASE WHEN r.content IS NOT NULL THEN {} END")
)
REPORTS = Query(
    f"""
    SELECT {ADMIN_REPORT}
      FROM reports r JOIN users u ON u.id = r.reporter_id LEFT JOIN users a ON a.id = r.user_id
     WHERE r.id < $1 AND ($2::text IS NULL OR r.status = $2) ORDER BY r.id DESC LIMIT $3""",
    ADMIN_REPORT,
)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is reported, and by whom it is."""

    author_id: int
    content: str | None
    conversation_id: int | None


# Nothing where the subject is not there for the reporter to see.
REPORT_SUBJECTS = {
    "user_id": Query(
        """
        SELECT id AS author_id, NULL AS content, NULL::bigint AS conversation_id FROM users
         WHERE id = $2 AND deleted_at IS NULL AND id <> $1""",
        _Subject,
    ),
    "post_id": Query(
        f"""
        SELECT author_id, content, NULL::bigint AS conversation_id FROM posts
         WHERE id = $2 AND author_id <> {NOBODY} AND $1::bigint IS NOT NULL""",
        _Subject,
    ),
    "message_id": Query(
        """
        SELECT m.sender_id AS author_id, m.content, m.conversation_id
          FROM messages m JOIN participants v
            ON v.conversation_id = m.conversation_id AND v.user_id = $1
         WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after""",
        _Subject,
    ),
}
# Its pictures stay with the report, whatever becomes of what showed them.
FILE_REPORT = Query(
    f"""
    WITH kept AS (
        UPDATE media SET is_reported = true
         WHERE position IS NOT NULL AND (post_id = $3 OR message_id = $4)
        RETURNING id, position, alt),
    r AS (
        INSERT INTO reports
            (reporter_id, user_id, post_id, message_id, reason, content, conversation_id,
             media_ids, media_alts)
        SELECT $1, $2, $3, $4, $5, $6, $7, array_agg(id ORDER BY position),
               array_agg(alt ORDER BY position) FROM kept
        RETURNING *)
    SELECT {REPORT} FROM r JOIN users u ON u.id = r.reporter_id""",
    REPORT,
)


async def file(db: Database, reporter_id: int, kind: str, subject_id: int, reason: str) -> Report:
    """Report a user_id, post_id or message_id. NotFound where the reporter cannot see it."""
    subject = await REPORT_SUBJECTS[kind].maybe(db, reporter_id, subject_id)
    if subject is None:
        raise NotFound(kind.removesuffix("_id"))
    post_id = subject_id if kind == "post_id" else None
    message_id = subject_id if kind == "message_id" else None
    return await FILE_REPORT.one(
        db,
        reporter_id,
        subject.author_id,
        post_id,
        message_id,
        reason,
        subject.content,
        subject.conversation_id,
    )


async def reports(
    db: Database, status: Status | None, limit: int, cursor: str | None
) -> Page[AdminReport]:
    """Return reports, the newest first."""
    rows = await REPORTS.all(db, after(cursor), status, limit + 1)
    return page_by_id(rows, limit)


CLOSE_REPORT = Query(
    f"""
    WITH r AS (
        UPDATE reports SET status = $3, resolved_by = $2, resolved_at = now()
         WHERE id = $1 AND status = 'open' RETURNING *)
    SELECT {ADMIN_REPORT}
      FROM r JOIN users u ON u.id = r.reporter_id LEFT JOIN users a ON a.id = r.user_id""",
    ADMIN_REPORT,
)
REPORT_EXISTS = Scalar("SELECT EXISTS (SELECT FROM reports WHERE id = $1)", bool)


async def close(db: Database, admin_id: int, report_id: int, status: Status) -> AdminReport:
    """Settle an open report. NotFound; ReportClosed when it was settled before."""
    async with db.transaction() as connection:
        report = await CLOSE_REPORT.maybe(connection, report_id, admin_id, status)
        if report is not None:
            await append_audit_entry(
                connection, admin_id, f"report_{status}", "report", report_id, {}
            )
            return report
        if await REPORT_EXISTS.one(connection, report_id):
            raise ReportClosed
        raise NotFound("report")
