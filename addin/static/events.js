/**
 * Telltale in Outlook, the panel closed or open: queues the pixel when a mail is begun, stamps the
 * mail when it is sent. It always leaves, within four seconds, untouched if it was not stamped.
 * No imports, no DOM, nothing newer than ES2016: classic Outlook on Windows has no more. Enums are
 * written out, an older office.js may lack them. Types: addin/types/events.d.ts.
 */
"use strict";

const VERSION = "1";
const KEY = "telltale";
// Outlook asks its user at 5 s. After writeMs nothing is begun that changes the mail.
const LIMIT = { wholeMs: 3900, writeMs: 3000, networkMs: 2500, officeMs: 1500, body: 990000 };
const HREF = /(\bhref\s*=\s*)("[^"]*"|'[^']*'|[^\s"'<>]+)/gi;
// Each of these takes time linear to the body, whatever a quoted stranger wrote into it. A link's
// `originalsrc` is Safe Links' doing and says nothing of pictures.
const FRAGILE =
  /\ssrc\s*=\s*(?:["']\s*)?(?:cid|blob|data):|<img\b[^<>]*?\soriginalsrc\s*=|AttachmentByCid|ReferenceAttachment/i;
const LINKED = /\bhref\s*=\s*(?:["']\s*)?https?:/i;
// Gmail shows a quoted picture through its proxy, the address it had behind the "#".
const PROXY = "(?:https?://(?:[\\w-]+\\.)*googleusercontent\\.com/[^\"'\\s<>#]*#)?";
const HTML = { coercionType: "html" };
const CLIENTS = {
  OutlookWebApp: "web",
  newOutlookWindows: "new_windows",
  OutlookIOS: "ios",
  OutlookAndroid: "android",
  PC: "classic_windows",
  Mac: "mac",
};

/** @type {any} */
let calling = null;

/**
 * What to do at send: "set" writes the body, "append" leaves it to the queued pixel.
 * @param {Facts} facts
 * @returns {Plan}
 */
function planStamp(facts) {
  if (facts.isText) return { kind: "none", reason: "text_only" };
  if (!facts.opens && !facts.links) return { kind: "none", reason: "switched_off" };
  if (facts.html.length > LIMIT.body) return unwritten(facts, "too_long");
  if (isFragile(facts)) return unwritten(facts, "images_kept");
  const hasLinks = facts.links && LINKED.test(facts.html);
  if (hasLinks || (facts.opens && !facts.isQueued)) return { kind: "set", reason: "" };
  return unwritten(facts, "no_links");
}

/** @returns {Plan} */
function unwritten(facts, reason) {
  if (facts.opens && facts.isQueued) return { kind: "append", reason };
  return { kind: "none", reason };
}

// Written back, such a body can lose pictures and cloud attachments (office-js 6808, 6944, 6792).
function isFragile(facts) {
  if (facts.force || facts.client === "classic_windows") return false;
  return FRAGILE.test(facts.html);
}

/** The stamped body, if it differs by our pixel, our notice and links to our own host alone. */
function checkedHtml(original, answer, settings) {
  if (typeof answer.html !== "string" || answer.html.length > LIMIT.body) throw Error("bad_answer");
  const own = ownAddress(settings);
  const before = withoutOurs(original, PROXY + own);
  const after = withoutOurs(answer.html, own);
  if (before.replace(HREF, "$1") !== after.replace(HREF, "$1")) throw Error("text_changed");
  const links = before.match(HREF) || [];
  (after.match(HREF) || []).forEach((link, at) => {
    if (link === links[at] || bare(link).startsWith(`${settings.tracking}/c/`)) return;
    if (!RegExp(`^${own}c/`, "i").test(bare(links[at]))) throw Error("foreign_host");
  });
  return answer.html;
}

function bare(link) {
  return link.replace(HREF, "$2").replace(/^["']/, "");
}

/** How an address on our host begins, or on one we had: quoted mail keeps those. */
function ownAddress(settings) {
  const hosts = [settings.tracking.replace(/^https?:\/\//i, "")].concat(settings.hosts || []);
  const one = hosts.map((host) => host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return `https?://(?:${one})/(?:[^"'\\s<>?#]*/)?`;
}

function withoutOurs(html, own) {
  const pixel = RegExp(`\\bsrc\\s*=\\s*["']${own}[om]/`, "i");
  const notice = /<div data-telltale="notice"><div[^>]*>[^<]*<a [^>]*>[^<]*<\/a><\/div><\/div>/gi;
  const rest = html.replace(/<img\b[^<>]*>/gi, (tag) => {
    if (pixel.test(tag)) return "";
    return tag;
  });
  return rest.replace(notice, "");
}

function clientOf() {
  const host = (Office.context.mailbox.diagnostics || {}).hostName;
  return CLIENTS[host] || CLIENTS[Office.context.platform] || "other"; // both are "Outlook"
}

/**
 * Call one of Office's functions, within a time of its own.
 * @template T
 * @param {T} target
 * @param {keyof T} method
 * @param {any[]} given
 * @returns {Promise<any>}
 */
function ask(target, method, ...given) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(Error("office_timeout")), LIMIT.officeMs);
    const done = (result) => {
      clearTimeout(timer);
      try {
        if (String(result.status) !== "succeeded") throw Error("office_failed");
        resolve(result.value);
      } catch (error) {
        reject(error);
      }
    };
    /** @type {any} */ (target)[method](...given, done);
  });
}

/** @type {typeof ask} - the same for what may fail without harm */
const tryAsk = (target, method, ...given) => ask(target, method, ...given).catch(() => null);

/** Call our own server; a newer call takes the place of one still under way. */
function call(job, method, path, body) {
  if (calling) calling.abort();
  if (job.isOver && method !== "POST") return Promise.reject(Error("timeout"));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    calling = request;
    const end = (settle, value) => {
      clearTimeout(timer);
      if (calling === request) calling = null;
      settle(value);
    };
    const fail = (reason) => end(reject, Error(reason));
    const timer = setTimeout(() => {
      fail("network_timeout");
      request.abort();
    }, LIMIT.networkMs);
    request.onerror = () => fail("network_failed");
    request.onabort = () => fail("superseded");
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return fail(`http_${request.status}`);
      try {
        end(resolve, JSON.parse(request.responseText || "{}"));
      } catch (_error) {
        fail("bad_answer");
      }
    };
    request.open(method, `${job.settings.base}/api/v1${path}`);
    request.setRequestHeader("Authorization", `Bearer ${job.settings.token}`);
    request.setRequestHeader("Content-Type", "application/json");
    request.send(body && JSON.stringify(body));
  });
}

function reasonOf(error) {
  return String((error && error.message) || "failed").slice(0, 40);
}

/** The draft of a job; a panel says which, since another mail may be beside it by now. */
function draft(job) {
  const item = Office.context.mailbox.item;
  if (job.item && job.item !== item) throw Error("other_mail");
  return /** @type {Office.MessageCompose} */ (item);
}

function readSession(job) {
  return lookUpSession(job).then(() => {
    if (job.session.composeId) return;
    job.session.composeId = newId(); // kept before it is used: a draft is stamped once
    return writeSession(job);
  });
}

/** What is kept with the draft now; what the job knows, where Outlook keeps nothing. */
function lookUpSession(job) {
  return tryAsk(draft(job).sessionData, "getAsync", KEY).then((text) => {
    try {
      job.session = JSON.parse(text) || job.session;
    } catch (_error) {
      // It stays as it is.
    }
  });
}

function writeSession(job) {
  return tryAsk(draft(job).sessionData, "setAsync", KEY, JSON.stringify(job.session));
}

/** Keep these with the draft, beside what another event or the panel has kept there since. */
function keep(job, found) {
  return lookUpSession(job).then(() => {
    Object.assign(job.session, found);
    return writeSession(job);
  });
}

function newId() {
  const part = () => Math.random().toString(36).slice(2);
  return `outlook-${Date.now()}-${part()}${part()}${part()}`;
}

function notify(job, text) {
  if (!text) return Promise.resolve();
  const line = { type: "informationalMessage", message: text, icon: "Icon.16", persistent: false };
  return tryAsk(draft(job).notificationMessages, "replaceAsync", KEY, line);
}

/** Tell the server of the mail: its people, subject and switches, and what is given beside. */
function stamp(job, more) {
  const item = draft(job);
  const session = job.session;
  /** @type {any} */
  const body = { compose_id: session.composeId, channel: "outlook", recipients: [] };
  body.remember = job.name === "switch";
  if (typeof session.opens === "boolean") body.opens = session.opens;
  if (typeof session.links === "boolean") body.links = session.links;
  if (session.left) body.left_links = session.left;
  const add = (role) => (people) =>
    (people || []).forEach((who) => {
      const name = String(who.displayName || "").slice(0, 200);
      if (who.emailAddress) body.recipients.push({ role, address: who.emailAddress, name });
    });
  return tryAsk(item.to, "getAsync")
    .then(add("to"))
    .then(() => tryAsk(item.cc, "getAsync"))
    .then(add("cc"))
    .then(() => tryAsk(item.bcc, "getAsync"))
    .then(add("bcc"))
    .then(() => tryAsk(item.from, "getAsync"))
    .then((from) => {
      if (from && from.emailAddress) body.from = from.emailAddress;
      return tryAsk(item.subject, "getAsync");
    })
    .then((subject) => {
      body.subject = String(subject || "").slice(0, 1000);
      return call(job, "POST", "/stamps", Object.assign(body, more));
    });
}

/**
 * Tell the server of a draft; queue its pixel, or take it out where nothing may be measured. Once
 * more if another choice was made while the server was asked: the last one holds.
 */
function arm(job) {
  const asked = choiceOf(job);
  return stamp(job, {}).then((answer) =>
    queue(job, pixel(job, answer)).then((isQueued) =>
      lookUpSession(job).then(() => {
        const session = job.session;
        const isSame = choiceOf(job) === asked;
        session.stampId = answer.id;
        session.queued = isQueued;
        if (isSame) Object.assign(session, answer.switches);
        return writeSession(job).then(() => (isSame && answer) || arm(job));
      })
    )
  );
}

function choiceOf(job) {
  const session = job.session;
  return JSON.stringify([session.composeId, session.opens, session.links, session.left]);
}

/** Append this when the mail is sent, or nothing; whether something is queued then. */
function queue(job, html) {
  const session = job.session;
  // A choice of hers takes it out in any case: another event may be about to note that it is there.
  if (!html && !session.queued && job.name !== "switch") return Promise.resolve(false);
  return ask(draft(job).body, "appendOnSendAsync", html, HTML)
    .then(() => Boolean(html))
    .catch(() => session.queued && !html);
}

function pixel(job, answer) {
  if (!answer.pixel_url) return null;
  const url = String(answer.pixel_url).replace(/\.gif$/, ".png"); // append takes no GIF
  const isOwn = url.startsWith(`${job.settings.tracking}/o/`) && !/["<>\s]/.test(url);
  if (!isOwn) throw Error("foreign_host");
  return `<img src="${url}" width="1" height="1" alt="">`;
}

/** A mail is begun, or its recipients or sender change. */
function begin(job) {
  return readSession(job)
    .then(() => tryAsk(draft(job).body, "getTypeAsync"))
    .then((type) => {
      if (String(type || "html") !== "html") throw Error("text_only");
      return arm(job);
    })
    .then((answer) => tell(job, answer));
}

/** Only a phone and an old Outlook have no other event of a mail that is begun. */
function beginNew(job) {
  if (/ios|android/.test(clientOf())) return sign(job);
  if (stampsAtSend()) return "superseded";
  return begin(job);
}

function stampsAtSend() {
  const known = Office.context.requirements;
  return !known || known.isSetSupported("Mailbox", "1.12");
}

/** The button beside Send: both switches off, or both on. */
function turn(job) {
  return readSession(job)
    .then(() => flags(job))
    .then(() => {
      const isOn = !(job.session.opens || job.session.links);
      return takeOver(job, { opens: isOn, links: isOn });
    });
}

/** Take a choice over and say so; kept first, so that it holds for a Send that does not wait. */
function takeOver(job, choice) {
  const session = job.session;
  const before = { opens: session.opens, links: session.links, left: session.left };
  return keep(job, choice)
    .then(() => arm(job))
    .then((answer) => tell(job, answer))
    .catch((error) =>
      keep(job, before).then(() => {
        throw error;
      })
    );
}

function tell(job, answer) {
  const words = job.settings.words || {};
  const isOff = answer.reason === "switched_off";
  let line = job.name !== "recipients" && (job.session.queued || stampsAtSend()) && words.on;
  if (answer.reason) line = words.untracked;
  if (isOff) line = job.name === "switch" && words.switched_off;
  return notify(job, line).then(() => String(answer.state));
}

/** The switches of this mail; those of the last one where nothing was said yet. */
function flags(job) {
  const session = job.session;
  if (typeof session.opens === "boolean") return;
  return call(job, "GET", "/preferences").then((chosen) => {
    session.opens = Boolean(chosen.opens);
    session.links = Boolean(chosen.links);
  });
}

/** A phone has no event at send: if an admin wants, the organisation's signature has the pixel. */
function sign(job) {
  return call(job, "GET", "/addin/signature").then((found) => {
    if (!found.html) return "signature_off";
    return readSession(job)
      .then(() => stamp(job, {}))
      .then((answer) => {
        const html = pixel(job, answer);
        if (!html) return "untracked";
        return ask(draft(job).body, "setSignatureAsync", found.html + html, HTML).then(
          () => "signed"
        );
      });
  });
}

/** The mail is sent. */
function stampAtSend(job) {
  return readSession(job)
    .then(() => flags(job))
    .then(() => look(job))
    .then((seen) =>
      send(job, seen).catch((error) => {
        // 409: it was sent with other content and came back. This is another mail.
        if (reasonOf(error) !== "http_409") throw error;
        job.session.composeId = newId();
        return writeSession(job).then(() => send(job, seen));
      })
    );
}

function look(job) {
  const body = draft(job).body;
  const session = job.session;
  const facts = {
    isText: false,
    opens: Boolean(session.opens),
    links: Boolean(session.links),
    isQueued: Boolean(session.queued),
    html: "",
    client: clientOf(),
    force: Boolean(job.settings.force),
  };
  /** @type {any} */
  const options = {};
  return ask(body, "getTypeAsync")
    .then((type) => {
      facts.isText = String(type) !== "html";
      if (facts.isText || (!facts.opens && !facts.links)) return "";
      return tryAsk(draft(job), "getComposeTypeAsync").then((kind) => {
        const isAnswer = /reply|forward/i.test(String((kind || {}).composeType));
        // HostConfig: in a conversation these two give and take the present reply alone.
        if (isAnswer && /web|new_windows/.test(facts.client)) options.bodyMode = 1;
        return ask(body, "getAsync", "html", options);
      });
    })
    .then((html) => {
      facts.html = String(html || "");
      return { facts, options, plan: planStamp(facts) };
    });
}

function send(job, seen) {
  const plan = seen.plan;
  /** @type {any} */
  const more = {};
  if (plan.kind === "set") more.html = seen.facts.html;
  if (plan.reason === "text_only") more.content_type = "text/plain";
  else if (plan.kind === "none" && plan.reason !== "switched_off") more.untracked = plan.reason;
  return stamp(job, more).then((answer) =>
    write(job, seen, answer).then((outcome) =>
      mark(job, answer.id, outcome)
        .then(() => conclude(job, answer.id, outcome))
        .then(() => outcome)
    )
  );
}

function write(job, seen, answer) {
  if (seen.plan.kind === "none") return Promise.resolve("untracked");
  if (seen.plan.kind === "append") {
    if (answer.reason) return Promise.resolve("untracked");
    const isSaid = seen.plan.reason === "images_kept" && seen.facts.links;
    return notify(job, (isSaid && (job.settings.words || {}).images) || "").then(() => "appended");
  }
  return Promise.resolve()
    .then(() => {
      const html = checkedHtml(seen.facts.html, answer, job.settings);
      if (html === seen.facts.html) return null;
      if (job.isOver || Date.now() - job.startedAt > LIMIT.writeMs) throw Error("too_late");
      return ask(draft(job).body, "setAsync", html, Object.assign({}, HTML, seen.options));
    })
    .then(
      () => (answer.reason && "untracked") || "stamped",
      (error) => {
        if (job.isOver) throw error;
        // The body stays as it was: the queued pixel is all there is, or nothing.
        const isQueued = job.session.queued && job.session.opens;
        if (isQueued) return stamp(job, {}).then(() => "appended");
        return stamp(job, { untracked: "not_written" }).then(() => "untracked");
      }
    );
}

/** Signs by which the sent copy is found again; the property stays with us. */
function mark(job, id, outcome) {
  if (outcome === "untracked" || job.isOver) return Promise.resolve();
  return tryAsk(draft(job).internetHeaders, "setAsync", { "x-telltale-stamp": id })
    .then(() => tryAsk(draft(job), "loadCustomPropertiesAsync"))
    .then((properties) => {
      if (!properties) return null;
      properties.set("telltale-stamp", id);
      return tryAsk(properties, "saveAsync");
    })
    .catch(() => null);
}

/** The last call: the mail leaves now, and how this run went. */
function conclude(job, id, outcome) {
  job.isReported = true;
  return call(job, "PUT", `/stamps/${encodeURIComponent(id)}/sent`, {
    run: runOf(job, outcome),
  }).catch(() => {
    job.isReported = false;
  });
}

function runOf(job, outcome) {
  const duration_ms = Math.max(0, Date.now() - job.startedAt);
  return { client: clientOf(), version: VERSION, event: job.name, outcome, duration_ms };
}

/** Run one event to its end: `completed` comes once, whatever happens, and never refuses. */
function run(name, event, work) {
  /** @type {any} */
  const job = { name, startedAt: Date.now(), isOver: false, isReported: false, session: {} };
  const end = (outcome) => {
    if (job.isOver) return;
    job.isOver = true;
    clearTimeout(timer);
    try {
      event.completed({ allowEvent: true });
    } catch (_error) {
      // Outlook has closed the mail by itself.
    }
    if (!job.settings || job.isReported || outcome === "superseded") return;
    call(job, "POST", "/addin/runs", runOf(job, outcome)).catch(() => null);
  };
  const timer = setTimeout(() => end("timeout"), LIMIT.wholeMs);
  Promise.resolve()
    .then(() => {
      const found = Office.context.roamingSettings.get(KEY);
      if (!found || !found.base || !found.tracking || !found.token) return "not_connected";
      job.settings = found;
      return work(job);
    })
    .then(end, (error) => end(reasonOf(error)));
}

if (typeof Office !== "undefined" && Office.actions) {
  const on = (name, kind, work) =>
    Office.actions.associate(name, (event) => run(kind, event, work));
  on("onNewMessageCompose", "compose", beginNew);
  on("onMessageCompose", "compose", begin);
  on("onMessageRecipientsChanged", "recipients", begin);
  on("onMessageFromChanged", "recipients", begin);
  on("onMessageSend", "send", stampAtSend);
  on("switchTracking", "switch", turn);
}
