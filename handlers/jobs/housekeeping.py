"""Deletes what has served its time, every hour."""

from handlers.jobs.context import JobContext
from storage import jobs


async def run(context: JobContext) -> None:
    await jobs.trim_log(context.db)
