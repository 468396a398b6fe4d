// One request, with a deadline.

import { ProblemError, UnreachableError } from "./errors.js";

/**
 * Ask the server; resolves with the JSON that it answers, null where it answers nothing.
 * Throws ProblemError, or UnreachableError when there is no answer within `timeout` milliseconds.
 */
export async function request(url, { method = "GET", headers = {}, body, timeout, signal, fetch = globalThis.fetch }) {
  const deadline = AbortSignal.timeout(Math.max(1, timeout));
  const ends = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers = { ...headers, "Content-Type": "application/json" };
  let response, text;
  try {
    response = await fetch(url, { method, headers, body: isForm || body === undefined ? body : JSON.stringify(body), signal: ends });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new UnreachableError(deadline.aborted ? "The server did not answer in time." : "The server cannot be reached.", { cause: error });
  }
  if (response.ok) return text ? JSON.parse(text) : null;
  throw new ProblemError(problemOf(response, text), Number(response.headers.get("Retry-After")) || null);
}

// A proxy in between answers what it likes.
function problemOf(response, text) {
  try {
    const problem = JSON.parse(text);
    if (typeof problem.status === "number") return problem;
  } catch {
    // Not JSON.
  }
  return { type: "about:blank", title: response.statusText, status: response.status, code: null, detail: "" };
}
