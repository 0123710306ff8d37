// The bridge that Outlook gives its panels for nested app authentication: whole texts there and
// back, by one listener. Shaped as msal's own AuthBridge (npm @azure/msal-browser 5.29.0, src/naa).
(() => {
  if (!/taskpane/.test(location.pathname)) return;
  const listeners = new Set();
  window.nestedAppAuthBridge = {
    addEventListener: (name, listener) => name === "message" && listeners.add(listener),
    removeEventListener: (_name, listener) => listeners.delete(listener),
    postMessage: async (text) => {
      const data = await window.askBroker(text);
      if (data) for (const listener of listeners) listener({ data });
    },
  };
})();
