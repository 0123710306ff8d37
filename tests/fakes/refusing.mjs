// Microsoft's token endpoint as `oauth2-mock-server` has it, which refuses as the file says.
// node refusing.mjs <port> <key.pem> <certificates.pem> <answer.json>
import { readFileSync } from "node:fs";
import { OAuth2Server } from "oauth2-mock-server";

const [port, key, certificate, answer] = process.argv.slice(2);
const tenant = "/11111111-2222-3333-4444-555555555555";
const server = new OAuth2Server(key, certificate, {
  endpoints: {
    wellKnownDocument: `${tenant}/v2.0/.well-known/openid-configuration`,
  },
});
await server.issuer.keys.generate("RS256");
server.service.on("beforeResponse", (response) => {
  const told = JSON.parse(readFileSync(answer, "utf8"));
  if (told.error) {
    response.statusCode = 400;
    response.body = told;
  }
});
await server.start(Number(port), "localhost");
