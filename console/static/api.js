/**
 * Calls of the API; the only module that fetches from it. Who calls is said by `authorise`: a
 * signed-in page (`bySession`) or a panel with a token (`byToken`).
 */

const PATIENCE_MS = 15_000;

/** @typedef {() => Record<string, string> | Promise<Record<string, string>>} Authorise */
/** @typedef {{status: number, etag: string, body: any}} Answer  a 304 has no body */
/** @typedef {"offline" | "signed_out" | "refused" | "broken"} Trouble */

/** What went wrong: nobody answered, the session is over, it was refused, or the server failed. */
export class ApiError extends Error {
  /**
   * @param {Trouble} trouble
   * @param {number} status
   * @param {string} detail  the server's own sentence, or ""
   * @param {string} problem  its kind, the end of the RFC 9457 type
   */
  constructor(trouble, status = 0, detail = "", problem = "") {
    super(detail || trouble);
    this.problem = problem;
    this.trouble = trouble;
    this.status = status;
    this.detail = detail;
  }
}

/** A page whose frame carries the session's CSRF token. @type {Authorise} */
export function bySession() {
  const meta = document.querySelector('meta[name="csrf-token"]');
  return { "X-CSRF-Token": meta?.getAttribute("content") ?? "" };
}

/**
 * A panel with a token of its own; `token` is asked for each call, so that it may be renewed.
 * @param {() => string | Promise<string>} token
 * @returns {Authorise}
 */
export function byToken(token) {
  return async () => ({ Authorization: `Bearer ${await token()}` });
}

/** The API at an origin, as one caller. */
export class Api {
  /**
   * @param {Authorise} authorise
   * @param {string} origin  "" is the page's own; a panel names it, and sends no cookie
   */
  constructor(authorise, origin = "") {
    this.authorise = authorise;
    this.origin = origin;
  }

  /**
   * @param {string} path  such as "/api/v1/feed?limit=50"
   * @param {string} [etag]  of the answer at hand; unchanged, the status is 304
   */
  get(path, etag = "") {
    return this.call("GET", path, undefined, etag ? { "If-None-Match": etag } : {});
  }

  /** @param {string} path @param {unknown} body */
  put(path, body) {
    return this.call("PUT", path, body);
  }

  /** @param {string} path @param {unknown} body */
  post(path, body) {
    return this.call("POST", path, body);
  }

  /** @param {string} path */
  delete(path) {
    return this.call("DELETE", path);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [more]
   * @returns {Promise<Answer>}
   */
  async call(method, path, body, more = {}) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", ...(await this.authorise()), ...more };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await answered(this.origin + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
      credentials: this.origin ? "omit" : "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    if (!answer.ok && answer.status !== 304) throw await refusal(answer);
    const hasBody = answer.status !== 304 && answer.status !== 204;
    return {
      status: answer.status,
      etag: answer.headers.get("ETag") ?? "",
      body: hasBody ? await readable(answer) : null,
    };
  }
}

/**
 * @param {string} address
 * @param {RequestInit} request
 */
async function answered(address, request) {
  try {
    return await fetch(address, request);
  } catch {
    throw new ApiError("offline");
  }
}

/** @param {Response} answer */
async function readable(answer) {
  try {
    return await answer.json();
  } catch {
    throw new ApiError("broken", answer.status);
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401) return new ApiError("signed_out", 401);
  const trouble = answer.status >= 500 ? "broken" : "refused";
  const kind = String(problem.type ?? "")
    .split(":")
    .pop();
  return new ApiError(trouble, answer.status, String(problem.detail ?? ""), kind);
}
