/** The stage's calls to its own server, by the same client as every call of the API. */

import { Api, bySession } from "../api.js";

export { ApiError } from "../api.js";

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
