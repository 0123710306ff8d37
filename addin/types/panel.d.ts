// What the panel uses of the handler's file, which its page loads as a plain script.

interface Draft {
  composeId?: string;
  stampId?: string;
  opens?: boolean;
  links?: boolean;
  queued?: boolean;
  left?: string[];
}

interface Job {
  name: "switch";
  startedAt: number;
  isOver: boolean;
  item: object;
  settings: object;
  session: Draft;
}

declare function ask(target: any, method: string, ...given: any[]): Promise<any>;
declare function tryAsk(target: any, method: string, ...given: any[]): Promise<any>;
declare function readSession(job: Job): Promise<unknown>;
declare function takeOver(job: Job, choice: Draft): Promise<unknown>;
declare function clientOf(): string;

// What the panel uses of @azure/msal-browser, which it loads as a plain script.

interface MsalClient {
  acquireTokenSilent(request: { scopes: string[] }): Promise<{ accessToken: string }>;
  acquireTokenPopup(request: { scopes: string[] }): Promise<{ accessToken: string }>;
}

declare const msal: {
  PublicClientApplication: new (settings: object, controller: object) => MsalClient;
  createNestablePublicClientApplication(
    settings: object,
    correlationId: string | undefined,
    make: (settings: object, controller: object) => MsalClient,
  ): Promise<unknown>;
};
