// What the handler's engine has beside ES2016 and Office, and what travels inside it. There is no
// DOM: document, fetch, URL and localStorage are errors here, as they are in classic Outlook.

declare function setTimeout(run: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;
declare class XMLHttpRequest {
  status: number;
  responseText: string;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body?: string): void;
  abort(): void;
}

/** What the panel has put into the mailbox's roaming settings. */
interface Settings {
  base: string;
  tracking: string;
  /** That host and those of before, each with its port; a panel of before wrote none. */
  hosts?: string[];
  token: string;
  words: Record<string, string>;
  /** An admin wants links wrapped beside pictures too. */
  force?: boolean;
}

/** What is kept with the draft, for this add-in only. */
interface Session {
  composeId?: string;
  stampId?: string;
  opens?: boolean;
  links?: boolean;
  queued?: boolean;
  left?: string[];
}

interface Facts {
  isText: boolean;
  opens: boolean;
  links: boolean;
  isQueued: boolean;
  html: string;
  client: string;
  force: boolean;
}

interface Plan {
  kind: "none" | "append" | "set";
  reason: string;
}
