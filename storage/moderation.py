"""What admins see and do, each act of theirs with its line in the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg
import orjson

from storage.database import name_search
from storage.database.columns import user_ref
from storage.database.paging import after, cut
from storage.database.pool import Database
from storage.database.query import Query
from storage.errors import NotFound, ReportClosed
from storage.records import Page, UserRef


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


ACCOUNT = """u.id, u.username, u.display_name, u.email, u.is_admin, u.email_verified_at,
    u.suspended_at, u.last_seen_at, u.created_at"""
ACCOUNTS = Query(
    f"""
    SELECT {ACCOUNT} FROM users u
     WHERE u.id < $1 AND u.deleted_at IS NULL
       AND ($2::text IS NULL OR u.username ILIKE $2 OR u.display_name ILIKE $2 OR u.email ILIKE $2)
       AND ($3::boolean IS NULL OR (u.suspended_at IS NOT NULL) = $3)
     ORDER BY u.id DESC LIMIT $4""",
    Account,
)


async def accounts(
    db: Database, search: str | None, suspended: bool | None, limit: int, cursor: str | None
) -> Page[Account]:
    """The newest first; search finds any part of the names and of the address."""
    pattern = None if search is None else name_search.containing(search)
    rows = await ACCOUNTS.all(db, after(cursor), pattern, suspended, limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


Act = Literal["suspend", "restore", "make_admin", "revoke_admin"]

ACTS: dict[Act, str] = {
    "suspend": "UPDATE users SET suspended_at = coalesce(suspended_at, now())",
    "restore": "UPDATE users SET suspended_at = NULL",
    "make_admin": "UPDATE users SET is_admin = true",
    "revoke_admin": "UPDATE users SET is_admin = false",
}
ONE = Query(f"SELECT {ACCOUNT} FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL", Account)


async def act(db: Database, admin_id: int, what: Act, user_id: int, reason: str | None) -> Account:
    """Do it, whether or not it was so already. NotFound."""
    async with db.transaction() as connection:
        done = await connection.execute(
            f"{ACTS[what]} WHERE id = $1 AND deleted_at IS NULL", user_id
        )
        if done == "UPDATE 0":
            raise NotFound("user")
        detail = {} if reason is None else {"reason": reason}
        await record(connection, admin_id, what, "user", user_id, detail)
        return await ONE.one(connection, user_id)


AUDIT = """
    INSERT INTO audit_log (admin_id, action, target_kind, target_id, detail)
    VALUES ($1, $2, $3, $4, $5::text::jsonb)"""


async def record(
    connection: asyncpg.Connection,
    admin_id: int,
    action: str,
    target_kind: str,
    target_id: int,
    detail: dict[str, Any],
) -> None:
    """A line of the audit log, in the transaction of the act."""
    text = orjson.dumps(detail).decode()
    await connection.execute(AUDIT, admin_id, action, target_kind, target_id, text)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """detail is the JSON of what more there is to say."""

    id: int
    admin: UserRef | None
    action: str
    target_kind: str
    target_id: int
    detail: str
    created_at: datetime


AUDITED = Query(
    f"""
    SELECT l.id, CASE WHEN a.id IS NOT NULL THEN {user_ref("a")} END AS admin, l.action,
           l.target_kind, l.target_id, l.detail::text AS detail, l.created_at
      FROM audit_log l LEFT JOIN users a ON a.id = l.admin_id
     WHERE l.id < $1 ORDER BY l.id DESC LIMIT $2""",
    AuditEntry,
)


async def audited(db: Database, limit: int, cursor: str | None) -> Page[AuditEntry]:
    """The newest first."""
    rows = await AUDITED.all(db, after(cursor), limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


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
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class AdminReport(Report):
    """A report as admins see it; reported is None when it is about a user."""

    reported: Reported | None


REPORT = f"""r.id, {user_ref("u")} AS reporter, r.user_id, r.post_id, r.message_id, r.reason,
    r.status, r.created_at, r.resolved_at"""
# From reports r, its reporter u and its author a.
ADMIN_REPORT = f"""{REPORT}, CASE WHEN r.content IS NOT NULL
        THEN ROW({user_ref("a")}, r.content, r.conversation_id) END AS reported"""
REPORTS = Query(
    f"""
    SELECT {ADMIN_REPORT}
      FROM reports r JOIN users u ON u.id = r.reporter_id LEFT JOIN users a ON a.id = r.user_id
     WHERE r.id < $1 AND ($2::text IS NULL OR r.status = $2) ORDER BY r.id DESC LIMIT $3""",
    AdminReport,
)
# Whose doing it is that is reported, and what; nothing where it is not there for the reporter to
# see.
SUBJECTS = {
    "user_id": """
        SELECT id, NULL AS content, NULL AS conversation_id FROM users
         WHERE id = $2 AND deleted_at IS NULL AND id <> $1""",
    "post_id": """
        SELECT author_id, content, NULL AS conversation_id FROM posts
         WHERE id = $2 AND $1::bigint IS NOT NULL""",
    "message_id": """
        SELECT m.sender_id, m.content, m.conversation_id FROM messages m JOIN participants v
            ON v.conversation_id = m.conversation_id AND v.user_id = $1
         WHERE m.id = $2 AND v.left_at IS NULL AND m.id > v.visible_after""",
}
FILE = Query(
    f"""
    WITH r AS (
        INSERT INTO reports
            (reporter_id, user_id, post_id, message_id, reason, content, conversation_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *)
    SELECT {REPORT} FROM r JOIN users u ON u.id = r.reporter_id""",
    Report,
)


async def file(db: Database, reporter_id: int, kind: str, subject_id: int, reason: str) -> Report:
    """Report a user_id, post_id or message_id. NotFound where the reporter cannot see it."""
    subject = await db.fetchrow(SUBJECTS[kind], reporter_id, subject_id)
    if subject is None:
        raise NotFound(kind.removesuffix("_id"))
    user_id, content, conversation_id = subject
    post_id = subject_id if kind == "post_id" else None
    message_id = subject_id if kind == "message_id" else None
    return await FILE.one(
        db, reporter_id, user_id, post_id, message_id, reason, content, conversation_id
    )


async def reports(
    db: Database, status: Status | None, limit: int, cursor: str | None
) -> Page[AdminReport]:
    """The newest first."""
    rows = await REPORTS.all(db, after(cursor), status, limit + 1)
    return cut(rows, limit, lambda row: row, lambda row: row.id)


CLOSE = Query(
    f"""
    WITH r AS (
        UPDATE reports SET status = $3, resolved_by = $2, resolved_at = now()
         WHERE id = $1 AND status = 'open' RETURNING *)
    SELECT {ADMIN_REPORT}
      FROM r JOIN users u ON u.id = r.reporter_id LEFT JOIN users a ON a.id = r.user_id""",
    AdminReport,
)
KNOWN = "SELECT EXISTS (SELECT FROM reports WHERE id = $1)"


async def close(db: Database, admin_id: int, report_id: int, status: Status) -> AdminReport:
    """Settle an open report. NotFound; Conflict when it was settled before."""
    async with db.transaction() as connection:
        report = await CLOSE.maybe(connection, report_id, admin_id, status)
        if report is not None:
            await record(connection, admin_id, f"report_{status}", "report", report_id, {})
            return report
        if await connection.fetchval(KNOWN, report_id):
            raise ReportClosed
        raise NotFound("report")
