// What office.js looks for of Microsoft's old Ajax library, which it would else load from its host.
(() => {
  const nothing = () => null;
  const parts = {
    StringBuilder: class {},
    Serialization: { JavaScriptSerializer: { serialize: JSON.stringify, deserialize: JSON.parse } },
    Debug: { trace: nothing },
  };
  const register = (/** @type {string} */ name) => {
    let place = /** @type {any} */ (globalThis);
    for (const part of name.split(".")) {
      place[part] ??= {};
      place = place[part];
    }
  };
  const type = Object.assign(Function, {
    registerNamespace: register,
    registerClass: nothing,
    _validateParams: nothing,
    _validateParameter: nothing,
  });
  Object.defineProperty(Function.prototype, "registerClass", {
    value: nothing,
    configurable: true,
  });
  Object.assign(globalThis, { Type: type, Sys: parts });
})();
