// What a call may end in.

/** The server refused it, and said why: a problem of RFC 9457. */
export class ProblemError extends Error {
  name = "ProblemError";

  constructor(problem, retryAfter = null) {
    super(problem.detail || problem.title || `The server answered ${problem.status}.`);
    this.problem = problem;
    this.status = problem.status;
    this.code = problem.code ?? null;
    this.errors = problem.errors ?? {}; // by field
    this.retryAfter = problem.retry_after ?? retryAfter; // seconds
  }

  /** Whether the same call may succeed later without anybody doing anything about it. */
  get passes() {
    return this.status === 429 || this.status >= 500;
  }
}

/** The server was not reached, or did not answer in time: nobody knows whether it was done. */
export class UnreachableError extends Error {
  name = "UnreachableError";
}

/** There is no session: nobody has logged in, or it has ended. */
export class LoggedOutError extends Error {
  name = "LoggedOutError";
}
