"""Reports by users; what admins see and do."""

from handlers.context import Actor, Context
from handlers.error_codes import ErrorCode
from handlers.errors import OperationError
from handlers.operation import Access, operation
from handlers.rate_limits import Bucket
from handlers.schemas.moderation import (
    SUBJECTS,
    ActOnUser,
    CloseReport,
    FileReport,
    ListAccounts,
    ListReports,
)
from handlers.schemas.paging import Paged
from storage import moderation
from storage.accounts import bots
from storage.moderation import Account, AdminAction, AdminReport, AuditEntry, Report, Status
from storage.records import Page
from storage.scopes import NO_TOKEN, Scope


@operation(
    "report.create",
    scope=Scope.REPORTS_WRITE,
    request_schema=FileReport,
    response=Report,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND,),
)
async def report(context: Context, actor: Actor, reason: str, **subject: int) -> Report:
    """Report a user, a post or a message to the admins."""
    ((kind, subject_id),) = [(name, subject[name]) for name in SUBJECTS if name in subject]
    return await moderation.file(context.db, actor.user_id, kind, subject_id, reason)


@operation(
    "admin.user.list",
    scope=NO_TOKEN,
    request_schema=ListAccounts,
    response=[Account],
    access=Access.ADMIN,
)
async def accounts(
    context: Context,
    actor: Actor,
    limit: int,
    cursor: str | None,
    search: str | None,
    suspended: bool | None,
) -> Page[Account]:
    """List accounts, the newest first; by a part of a name or address, by being suspended."""
    return await moderation.accounts(context.db, search, suspended, limit, cursor)


def _act(name: str, what: AdminAction, summary: str) -> None:
    """Register an operation that does this to a user; its summary is for the documents."""

    async def run(context: Context, actor: Actor, id: int, reason: str | None) -> Account:
        if id == actor.user_id:
            raise OperationError(ErrorCode.SELF_TARGET, "Not to yourself.")
        account = await moderation.act(context.db, actor.user_id, what, id, reason)
        if account.suspended_at is not None:
            for whose in [id, *await bots.ids_of(context.db, id)]:
                context.notifier.all_sessions_ended(whose)
        return account

    run.__doc__ = summary
    operation(
        name,
        scope=NO_TOKEN,
        request_schema=ActOnUser,
        response=Account,
        access=Access.ADMIN,
        bucket=Bucket.WRITE,
        errors=(ErrorCode.SELF_TARGET, ErrorCode.NOT_FOUND),
    )(run)


_act("admin.user.suspend", "suspend", "Suspend a user: tokens and sockets end within a second.")
_act("admin.user.restore", "restore", "Let a suspended user in again.")
_act("admin.user.make_admin", "make_admin", "Make a user an admin.")
_act("admin.user.revoke_admin", "revoke_admin", "Make an admin a user like others.")


@operation(
    "admin.report.list",
    scope=NO_TOKEN,
    request_schema=ListReports,
    response=[AdminReport],
    access=Access.ADMIN,
)
async def reports(
    context: Context, actor: Actor, limit: int, cursor: str | None, status: Status | None
) -> Page[AdminReport]:
    """List what users reported, the newest first."""
    return await moderation.reports(context.db, status, limit, cursor)


@operation(
    "admin.report.close",
    scope=NO_TOKEN,
    request_schema=CloseReport,
    response=AdminReport,
    access=Access.ADMIN,
    bucket=Bucket.WRITE,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.REPORT_CLOSED),
)
async def close(context: Context, actor: Actor, id: int, status: Status) -> AdminReport:
    """Settle a report."""
    return await moderation.close(context.db, actor.user_id, id, status)


@operation(
    "admin.audit.list",
    scope=NO_TOKEN,
    request_schema=Paged,
    response=[AuditEntry],
    access=Access.ADMIN,
)
async def audit(context: Context, actor: Actor, limit: int, cursor: str | None) -> Page[AuditEntry]:
    """List what admins did, the newest first."""
    return await moderation.audit_entries(context.db, limit, cursor)
