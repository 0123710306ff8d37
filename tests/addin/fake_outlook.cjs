// Outlook's side of the handler, as classic Outlook on Windows has it: a context that knows ES2016,
// Office, timers and XMLHttpRequest, and no window, document, fetch, URL or localStorage.
// Reads {script, cases} from standard input, lets each case {mail, server, faults, events} happen in
// a context and a time of its own, one after the other, and prints what came of each.
"use strict";
const vm = require("node:vm");
const fs = require("node:fs");
const http = require("node:http");

const BUSY = { code: 9000, name: "OfficeError", message: "made to fail" };

/**
 * A case's time in ms: what is waited for passes at once, and what is computed counts as it is. So
 * nothing is late because the machine has much else to do.
 */
class Time {
  constructor() {
    this.skipped = 0;
    this.begun = computed();
    this.waiting = [];
    this.outside = 0; // requests to a real server: nothing else passes before they are answered
  }
  now() {
    return this.skipped + computed() - this.begun;
  }
  after(ms, work) {
    const entry = { at: this.now() + (ms || 0), work };
    this.waiting.push(entry);
    return entry;
  }
  forget(entry) {
    this.waiting = this.waiting.filter((each) => each !== entry);
  }
  /** Let time pass until the promise has come true; gives its value. */
  async until(promise) {
    let isOver = false;
    const ended = promise.finally(() => {
      isOver = true;
    });
    for (;;) {
      await new Promise(setImmediate); // whatever follows from what has happened so far
      if (isOver) return ended;
      if (this.outside) await new Promise((resolve) => setTimeout(resolve, 1));
      else this.pass();
    }
  }
  pass() {
    const next = this.waiting.reduce((first, each) => (each.at < first.at ? each : first));
    this.forget(next);
    this.skipped += Math.max(0, next.at - this.now());
    next.work();
  }
}

/** What this thread has computed, in ms of the processor. */
function computed() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The mail being written, and everything Outlook keeps with it. */
class Mail {
  constructor(given) {
    Object.assign(
      this,
      { type: "html", body: "", to: [{ emailAddress: "carol@northwind.test", displayName: "Carol" }] },
      { cc: [], bcc: [], from: "alice@ours.test", subject: "Offer", kind: "newMail" },
      { session: {}, headers: {}, properties: {}, queued: null, notes: [], signature: null },
      { modes: [] },
      given,
    );
  }
}

/** Office as a script sees it; `faults` names calls that fail: "fail", "hang", "throw", "late". */
function officeOf(mail, faults, log, time) {
  const call = (name, work) =>
    function (...given) {
      const done = typeof given[given.length - 1] === "function" ? given.pop() : () => {};
      log.push([name, ...given.filter((each) => typeof each !== "object" || each === null)]);
      const fault = faults[name];
      if (fault === "throw") throw new Error(`${name} was made to throw`);
      if (fault === "hang") return;
      const answer = () => {
        if (fault === "fail") return done({ status: "failed", error: BUSY });
        if (fault === "poison") {
          return done({
            status: "succeeded",
            get value() {
              throw new Error("a value that cannot be had");
            },
          });
        }
        try {
          done({ status: "succeeded", value: work(...given) });
        } catch (error) {
          done({ status: "failed", error });
        }
      };
      time.after(fault === "late" ? 6000 : 0, answer);
    };
  const people = (name) => ({ getAsync: call(name, () => mail[name]) });
  const properties = {
    set: (name, value) => (mail.properties[name] = value),
    saveAsync: call("saveProperties", () => {}),
  };
  const item = {
    to: people("to"),
    cc: people("cc"),
    bcc: people("bcc"),
    from: { getAsync: call("from", () => ({ emailAddress: mail.from })) },
    subject: { getAsync: call("subject", () => mail.subject) },
    getComposeTypeAsync: call("composeType", () => ({ composeType: mail.kind })),
    loadCustomPropertiesAsync: call("loadProperties", () => properties),
    internetHeaders: { setAsync: call("headers", (given) => Object.assign(mail.headers, given)) },
    notificationMessages: {
      replaceAsync: call("notify", (_key, line) => {
        if (line.message.length > 150) throw BUSY;
        mail.notes.push(line.message);
      }),
    },
    sessionData: {
      getAsync: call("getSession", (key) => {
        if (!(key in mail.session)) throw BUSY;
        return mail.session[key];
      }),
      setAsync: call("setSession", (key, value) => (mail.session[key] = value)),
    },
    body: {
      getTypeAsync: call("getType", () => mail.type),
      getAsync: call("getBody", (_kind, options) => {
        mail.modes.push(["get", options.bodyMode || 0]);
        return mail.body;
      }),
      setAsync: call("setBody", (html, options) => {
        if (html.length > 1000000) throw BUSY;
        mail.modes.push(["set", options.bodyMode || 0]);
        mail.body = html;
      }),
      appendOnSendAsync: call("append", (html) => {
        if (!mail.isSending) mail.queued = html; // while sending it says yes and does nothing
      }),
      setSignatureAsync: call("signature", (html) => (mail.signature = html)),
    },
  };
  const handlers = {};
  const Office = {
    actions: { associate: (name, handler) => (handlers[name] = handler) },
    context: {
      platform: mail.platform || "PC",
      roamingSettings: { get: (key) => (key === "telltale" ? mail.settings : undefined) },
      requirements: { isSetSupported: () => !mail.isOld },
      mailbox: { item, diagnostics: { hostName: mail.hostName || "Outlook" } },
    },
  };
  if (mail.isBare) {
    Office.context = { roamingSettings: Office.context.roamingSettings, mailbox: { item } };
  }
  return { Office, handlers };
}

/** The only way out: to a real server, or to one made up of `server`'s answers by path. */
function requestOf(server, calls, time) {
  return class XMLHttpRequest {
    open(method, url) {
      if (!/^https?:\/\//.test(url)) throw new Error("classic Outlook takes whole addresses only");
      Object.assign(this, { method, url, headers: {} });
    }
    setRequestHeader(name, value) {
      this.headers[name] = value;
    }
    send(body) {
      const [host, path] = this.url.split("/api/v1");
      calls.push({ method: this.method, host, path, body });
      calls.open = (calls.open || 0) + 1;
      calls.most = Math.max(calls.most || 0, calls.open);
      if (!server) return this.really(body);
      const key = `${this.method} ${calls[calls.length - 1].path.replace(/\/[0-9a-f-]{36}/, "/ID")}`;
      const answers = server[key] || [{ status: 404, body: "{}" }];
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === "hang") return;
      time.after(answer.delay || 1, () => {
        if (answer === "network") this.end("onerror");
        else if (answer === "poison") this.loaded(200, null);
        else this.loaded(answer.status || 200, answer.text || JSON.stringify(answer.body));
      });
    }
    really(body) {
      time.outside += 1;
      const options = { method: this.method, headers: this.headers };
      this.request = http.request(this.url, options, (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () => this.loaded(response.statusCode, text));
      });
      this.request.on("error", () => this.end("onerror"));
      this.request.end(body);
    }
    loaded(status, text) {
      this.status = status;
      this.text = text;
      this.end("onload");
    }
    get responseText() {
      if (this.text === null) throw new Error("an answer that cannot be had");
      return this.text;
    }
    abort() {
      if (this.isOver) return;
      if (this.request) this.request.destroy();
      this.end("onabort");
    }
    end(name) {
      if (this.isOver) return;
      this.isOver = true;
      calls.open -= 1;
      if (this.request) time.outside -= 1;
      if (this[name]) this[name]();
    }
  };
}

async function main() {
  const { script: text, cases } = JSON.parse(fs.readFileSync(0, "utf8"));
  const script = new vm.Script(text, { filename: "events.js" });
  const told = [];
  for (const given of cases) told.push(await happened(script, given));
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

async function happened(script, given) {
  const mail = new Mail(given.mail || {});
  const log = [];
  const calls = [];
  const time = new Time();
  const { Office, handlers } = officeOf(mail, given.faults || {}, log, time);
  const XMLHttpRequest = requestOf(given.server, calls, time);
  const setTimer = (work, ms) => {
    log.push(["timer", ms]);
    return time.after(ms, work);
  };
  const engine = { Office, XMLHttpRequest, console, Date: { now: () => Math.round(time.now()) } };
  Object.assign(engine, { setTimeout: setTimer, clearTimeout: (entry) => time.forget(entry) });
  const context = vm.createContext(engine);
  script.runInContext(context);
  if (given.ask) {
    return given.ask.map((each) => asked(context, each));
  }
  const runs = [];
  const before = mail.body;
  for (const name of given.events) {
    if (name === "onMessageSend" && mail.queued && !mail.body.includes(mail.queued)) {
      mail.body += mail.queued; // before the handler, as most of them do
    }
    runs.push(await time.until(ran(handlers[name], mail, name, given.faults || {}, time)));
  }
  await time.until(new Promise((resolve) => time.after(given.linger || 50, resolve)));
  return { runs, mail, before, log, calls, most: calls.most || 0 };
}

function asked(context, { name, given }) {
  try {
    return { value: context[name](...given) };
  } catch (error) {
    return { error: error.message };
  }
}

function ran(handler, mail, name, faults, time) {
  return new Promise((resolve) => {
    const startedAt = time.now();
    const completed = [];
    mail.isSending = name === "onMessageSend";
    const run = { completed };
    const end = () => {
      mail.isSending = false;
      resolve(run);
    };
    const limit = time.after(8000, end);
    handler({
      completed: (options) => {
        completed.push(options || null);
        run.ms = time.now() - startedAt;
        time.forget(limit);
        if (completed.length === 1) time.after(30, end);
        if (faults.completed === "throw") throw new Error("Outlook has closed the mail");
      },
    });
  });
}

main();
