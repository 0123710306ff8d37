/**
 * Outlook's side of office.js: answers what the library asks of its host over postMessage, for one
 * mailbox and the mail that is open in it. The numbers are the library's own; source: its file
 * outlook-web-16.01.debug.js, npm @microsoft/office-js 1.1.110 (2025-10).
 */

const APP = "5b1f7a52-93c1-4a0b-9d0e-0d6a3a1f2b77";
const HOST = "Outlook$Web$16.01$en-US$corr$$$0";
const SETS = '{"Mailbox":1.14,"DialogApi":1.2}';
const KEPT = "playground.outlook.roaming";
const READ = 1;
const COMPOSE = 4;
const ROLES = ["to", "cc", "bcc"];

/** @typedef {{address: string, name: string, userType?: string}} Who */
/**
 * A mail in the window.
 * @typedef {object} Mail
 * @property {"compose" | "read"} kind
 * @property {string} subject
 * @property {string} html
 * @property {boolean} [isText]
 * @property {string} [composeType]
 * @property {Who} from
 * @property {Who[]} to
 * @property {Who[]} [cc]
 * @property {Who[]} [bcc]
 * @property {Record<string, string>} session
 * @property {Record<string, string>} headers
 * @property {Record<string, string>} properties
 * @property {string | null} queued  appended when the mail is sent
 * @property {string} note
 */

/** @returns {Mail} */
export function newMail(/** @type {Who} */ from) {
  return {
    kind: "compose",
    subject: "",
    html: "",
    from,
    to: [],
    session: {},
    headers: {},
    properties: {},
    queued: null,
    note: "",
  };
}

/** One page of the add-in in a frame, with the host's answers. */
export class Frame {
  /**
   * @param {HTMLIFrameElement} frame
   * @param {{mail: () => Mail | null, owner: Who, changed: () => void}} box
   * @param {string} name
   */
  constructor(frame, box, name) {
    this.frame = frame;
    this.box = box;
    this.conversation = `${name}-${Math.random().toString(36).slice(2)}`;
    /** @type {Set<string>} */
    this.registered = new Set();
    /** @type {((told: any) => void)[]} */
    this.completions = [];
    this.isReady = () => {};
    /** Resolves when the page takes commands. @type {Promise<void>} */
    this.ready = new Promise((resolve) => {
      this.isReady = resolve;
    });
    this.isSending = false;
    this.listener = (/** @type {MessageEvent} */ event) => this.take(event);
    addEventListener("message", this.listener);
  }

  /** Load a page. @param {string} address */
  open(address) {
    const xdm = [this.conversation, APP, location.origin].join("|");
    this.frame.src = `${address}?_host_Info=${HOST}#&_serializer_version=2&_xdm_Info=${xdm}`;
  }

  close() {
    removeEventListener("message", this.listener);
    this.frame.remove();
  }

  /** @param {MessageEvent} event */
  take(event) {
    if (event.source !== this.frame.contentWindow || event.origin !== location.origin) return;
    const message = parsed(event.data);
    if (message?._messageType !== 0) return;
    const payload = message._data ?? {};
    if (message._actionType === 1) this.registered.add(message._actionName); // wants its events
    this.reply(message, this.answer(message._actionName, payload));
    if (/appCommandInvoked/.test(message._actionName)) this.isReady();
  }

  /** @param {string} action @param {any} payload */
  answer(action, payload) {
    if (action === "ContextActivationManager_getAppContextAsync") return this.context();
    if (action === "GetInitialData") return this.initial();
    if (action === "ExecuteMethod") {
      return this.method(payload.MethodData.DispatchId, payload.ApiParams ?? {});
    }
    if (action === "executeMethod") return this.completed(payload);
    return { Error: 0 };
  }

  /** @param {any} message @param {any} data */
  reply(message, data) {
    this.post({
      _actionName: message._actionName,
      _correlationId: message._correlationId,
      _data: data,
      _responseType: 0,
    });
  }

  /** @param {object} parts */
  post(parts) {
    const whole = {
      _messageType: 1,
      _conversationId: this.conversation,
      _origin: location.origin,
      _errorCode: 0,
      _serializerVersion: 1,
      ...parts,
    };
    this.frame.contentWindow?.postMessage(JSON.stringify(whole), location.origin);
  }

  /** Tell of an event that the page has registered for. @param {RegExp} name @param {any} data */
  tell(name, data) {
    const action = [...this.registered].find((each) => name.test(each));
    if (!action) return false;
    this.post({ _actionName: action, _correlationId: -1, _responseType: 1, _data: data });
    return true;
  }

  /** Another mail is open, or none. */
  itemChanged() {
    return this.tell(/ItemSelectedChanged/i, this.initial() ?? "");
  }

  recipientsChanged() {
    const changed = { changedRecipientFields: { to: true, cc: true, bcc: true } };
    return this.tell(/RecipientsChanged/i, [JSON.stringify(changed)]);
  }

  /** Run one of the handler's functions; resolves with what it completed with. @param {string} name */
  fire(name) {
    return new Promise((resolve) => {
      this.completions.push(resolve);
      const event = JSON.stringify({ source: { id: name } });
      this.tell(/appCommandInvoked/, ["cmd", name, event]);
    });
  }

  /** @param {any} payload */
  completed(payload) {
    const done = this.completions.shift();
    done?.(payload);
    return { Error: 0, Version: 1 };
  }

  context() {
    return {
      _id: APP,
      _appName: 64,
      _appVersion: "16.01",
      _appUILocale: "en-US",
      _dataLocale: "en-US",
      _docUrl: location.href,
      _clientMode: 0,
      _settings: JSON.parse(localStorage.getItem(KEPT) ?? "{}"),
      _reason: 0,
      _osfControlType: 1,
      _eToken: "",
      _correlationId: "c",
      _appInstanceId: "inst",
      _requirementMatrix: SETS,
      _hostFullVersion: "16.0",
      _addinName: "Telltale",
      _appDomains: [],
      _featureGates: {},
    };
  }

  initial() {
    const mail = this.box.mail();
    if (!mail) return null;
    const { owner } = this.box;
    const read = mail.kind === "read";
    return {
      itemType: read ? READ : COMPOSE,
      permissionLevel: 2,
      userDisplayName: owner.name,
      userEmailAddress: owner.address,
      userTimeZone: "UTC",
      userProfileType: "enterprise",
      hostVersion: "20260904.7",
      owaView: "OneColumn",
      isRead: read,
      id: "item",
      conversationId: "conversation",
      subject: mail.subject,
      normalizedSubject: mail.subject,
      from: mail.from,
      sender: mail.from,
      to: mail.to,
      cc: mail.cc ?? [],
      timeZoneOffsets: [],
    };
  }

  /** @param {number} id @param {any} given */
  method(id, given) {
    const mail = this.box.mail();
    if (id === 404) {
      localStorage.setItem(KEPT, JSON.stringify(given[0]));
      return ok();
    }
    if (!mail) return failed();
    if (id === 3) return { wasSuccessful: true, customProperties: JSON.stringify(mail.properties) };
    const known = this.methods(mail, given)[id];
    if (!known) return failed();
    const answer = ok(known());
    this.box.changed();
    return answer;
  }

  /** @param {Mail} mail @param {any} given @returns {Record<number, () => unknown>} */
  methods(mail, given) {
    return {
      4: () => {
        mail.properties = { ...given.customProperties };
      },
      14: () => (mail.isText ? "text" : "html"),
      15: () =>
        mail[/** @type {"to" | "cc" | "bcc"} */ (ROLES[given.recipientField] ?? "to")] ?? [],
      18: () => mail.subject,
      33: () => this.note(mail, given),
      35: () => this.note(mail, given),
      37: () => mail.html,
      38: () => {
        mail.html = given.data;
      },
      100: () => {
        if (!this.isSending) mail.queued = given.appendTxt;
      },
      107: () => mail.from,
      152: () => {
        Object.assign(mail.headers, given.internetHeaderNameValuePairs);
      },
      174: () => ({ composeType: mail.composeType ?? "newMail", coercionType: "html" }),
      185: () => {
        mail.session[given.name] = given.value;
      },
      186: () => mail.session[given.name],
    };
  }

  /** @param {Mail} mail @param {any} given */
  note(mail, given) {
    mail.note = String(given.message?.message ?? given.message ?? given.infobarMessage ?? "");
  }
}

/** @param {unknown} [data] */
function ok(data = undefined) {
  return { wasSuccessful: true, error: false, data };
}

function failed() {
  return { wasSuccessful: false, error: true, errorCode: 9020 };
}

/** @param {unknown} text */
function parsed(text) {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}
