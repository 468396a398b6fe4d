"""The job queue: a table of ours, claimed with FOR UPDATE SKIP LOCKED and leases.

`queue` is for those who have something to be done, `claims`, `schedules` and `listener` for the
worker (server/jobs/worker.py).
"""

from storage.jobs.queue import JobCounts, counts, enqueue

__all__ = ["JobCounts", "counts", "enqueue"]
