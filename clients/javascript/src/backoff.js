// How long to stay away from a server that does not answer.

/**
 * Return the ms before try number `attempt` (from 0): doubled each time up to the
 * longest, with jitter, so that many clients do not come back at once.
 */
export function backoff(attempt, firstMs, longestMs) {
  const longest = Math.min(longestMs, firstMs * 2 ** attempt);
  return longest * (0.5 + Math.random() / 2);
}
