"""Spans of attempts at jobs: used where spans are recorded (server/telemetry.py)."""

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode

from handlers.jobs import JobContext
from server.jobs.attempt import Continued, Finished, Outcome, attempt
from server.jobs.retry_policy import RetryPolicy
from storage import tracing
from storage.jobs.claims import Job

tracer = trace.get_tracer("mini_twitter.jobs")


async def recorded_attempt(job: Job, context: JobContext, policy: RetryPolicy) -> Outcome:
    """Run the job once, within the span that queued it. Raises nothing but CancelledError."""
    _, parent = tracing.restored(job.request_id or "")
    attributes = {"mini_twitter.job.id": job.id, "mini_twitter.job.attempts": job.attempts}
    with tracer.start_as_current_span(
        f"job {job.kind}",
        context=propagate.extract({"traceparent": parent}),
        kind=SpanKind.CONSUMER,
        attributes=attributes,
    ) as span:
        outcome = await attempt(job, context, policy)
        span.set_attribute("mini_twitter.job.outcome", type(outcome).__name__.lower())
        if not isinstance(outcome, Finished | Continued):
            span.set_status(StatusCode.ERROR, outcome.error.rpartition("\n")[2] or None)
        return outcome
