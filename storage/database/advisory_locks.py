"""The numbers of PostgreSQL's advisory locks that the program takes, each for one purpose alone."""

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """What is done by one at a time, whatever process or machine it runs on."""

    MIGRATIONS = 7_304_516_220  # an instance, among those that start together, applies them
    JOB_CLAIMS = 7_304_516_221  # a worker counts and claims jobs
    LOG_PARTITIONS = 7_304_516_222  # the log gets its partitions (taken in SQL)
    DEMO = 7_304_516_223  # a community is made
