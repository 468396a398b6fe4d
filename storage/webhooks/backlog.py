"""How webhooks fare, all accounts together."""

from dataclasses import dataclass

from storage.database.query import Executor, Query


@dataclass(frozen=True, slots=True)
class WebhookBacklog:
    """Webhooks by their state, and deliveries that wait: `failing` ones have been tried before."""

    enabled: int
    failing_webhooks: int
    disabled: int
    waiting: int
    failing: int


# Of those that are over nothing is read: what waits has an index of its own.
WEBHOOK_BACKLOG = Query(
    """
    SELECT enabled, failing_webhooks, disabled, waiting, failing FROM (
        SELECT count(*) FILTER (WHERE disabled_at IS NULL AND failing_since IS NULL) AS enabled,
               count(*) FILTER (WHERE disabled_at IS NULL AND failing_since IS NOT NULL)
                   AS failing_webhooks,
               count(*) FILTER (WHERE disabled_at IS NOT NULL AND disabled_because <> 'owner')
                   AS disabled
          FROM webhooks) hooks, (
        SELECT count(*) FILTER (WHERE attempts = 0) AS waiting,
               count(*) FILTER (WHERE attempts > 0) AS failing
          FROM webhook_deliveries WHERE status = 'waiting') deliveries""",
    WebhookBacklog,
)


async def backlog(db: Executor) -> WebhookBacklog:
    """Count webhooks, and what waits to be sent to them."""
    return await WEBHOOK_BACKLOG.one(db)
