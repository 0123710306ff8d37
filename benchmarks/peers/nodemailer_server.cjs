// A peer: nodemailer-mail-tracking on Express, one PostgreSQL row per hit before it answers.
// PORT, PEER_DB (a libpq address) and POOL come from the environment.
const { createRequire } = require("node:module");
const peers = createRequire(`${process.env.PEER_MODULES}/package.json`);
const { expressApp } = peers("nodemailer-mail-tracking");
const jwt = peers("jsonwebtoken");
const { Pool } = peers("pg");

const SECRET = "a secret for benchmarks that is long enough";
const pool = new Pool({ connectionString: process.env.PEER_DB, max: Number(process.env.POOL) });

async function main() {
  await pool.query(
    "CREATE TABLE IF NOT EXISTS hit (id bigserial PRIMARY KEY, recipient text, message text," +
      " at timestamptz DEFAULT now())",
  );
  const app = expressApp({
    baseUrl: "http://127.0.0.1",
    jwtSecret: SECRET,
    onLinkClick: async () => {},
    onBlankImageView: (data) =>
      pool.query("INSERT INTO hit (recipient, message) VALUES ($1, $2)", [
        data.recipient,
        data.message,
      ]),
  });
  app.get("/path", (_request, response) => {
    const token = jwt.sign({ recipient: "carol@example.test", message: "42" }, SECRET);
    response.send(`/blank-image/${token}`);
  });
  app.listen(Number(process.env.PORT), "127.0.0.1");
}

main();
