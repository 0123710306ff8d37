/** The stage's calls to its own server, by the same client as every call of the API. */

import { Api, ApiError, bySession } from "../api.js";

export const api = new Api(bySession);

/**
 * @param {string} path below /playground
 * @param {object} [body] sent by POST
 * @returns {Promise<any>}
 */
export async function call(path, body) {
  const address = `/playground/${path}`;
  return (await (body ? api.post(address, body) : api.get(address))).body;
}

/**
 * Why a call failed: the server's own sentence, or else these words.
 * @param {unknown} error
 * @param {string} otherwise
 */
export function why(error, otherwise) {
  return error instanceof ApiError && error.detail ? error.detail : otherwise;
}
