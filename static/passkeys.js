// Passkeys: the page's question goes to the device, the device's answer is posted. Other ways stand beside it as plain forms.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), sign => sign.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));

  const question = ({ publicKey }) => {
    const asked = { ...publicKey, challenge: bytes(publicKey.challenge) };
    if (asked.user) asked.user = { ...asked.user, id: bytes(asked.user.id) };
    if (asked.excludeCredentials) asked.excludeCredentials = listed(asked.excludeCredentials);
    if (asked.allowCredentials) asked.allowCredentials = listed(asked.allowCredentials);
    return asked;
  };
  const answer = credential => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    const { id, type, authenticatorAttachment } = credential;
    const told = { id, rawId: text(credential.rawId), type, authenticatorAttachment, response };
    return JSON.stringify({ ...told, clientExtensionResults: credential.getClientExtensionResults() });
  };
  const options = async form => {
    if (form.dataset.options) return JSON.parse(form.dataset.options);
    const told = await fetch(form.dataset.ask, { headers: { Accept: "application/json" } });
    return (await told.json()).request_options;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      const failed = form.querySelector("[role=alert]");
      failed.hidden = true;
      try {
        const publicKey = question(await options(form));
        const made = await navigator.credentials[form.dataset.passkey]({ publicKey });
        form.elements.credential.value = answer(made);
      } catch {
        failed.hidden = false;
        return;
      }
      form.submit();
    });
  }
})();
