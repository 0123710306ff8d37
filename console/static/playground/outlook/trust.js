// office.js asks a page beside itself whether its user trusts a host that is not Microsoft's; here
// the host is this very installation, in the playground.
addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== location.origin) return;
  parent.postMessage(JSON.stringify({ hostUserTrusted: true }), location.origin);
});
