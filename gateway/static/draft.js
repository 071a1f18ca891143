// A draft: one client_token from its first letter on, so that a lost answer or a second tap is the same report.
// It lies in sessionStorage, under the code it was begun at, until it is filed, the tab is closed or an hour is over: whoever takes
// the phone next begins with an empty page (of one's own phone: kept.js). The token of a sign-in lies in no storage at all.
"use strict";
const DRAFT_LASTS = 3600000;

function newToken() { // by hand: randomUUID is missing in phones of before 2022
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function draftOf(code) {
  const begun = (of) => ({
    token: newToken(), code: of, text: "", category: "", subcategory: "", answers: {}, danger: false, sent: false, at: Date.now(),
  });
  const name = () => `draft ${held.code}`;
  let held = begun(code);
  try {
    const kept = JSON.parse(sessionStorage.getItem(name()));
    if (kept && Date.now() - kept.at < DRAFT_LASTS) held = {...held, ...kept};
  } catch { /* no storage here, or nothing that can be read: the draft lives as long as the page */ }
  const keep = () => {
    try { sessionStorage.setItem(name(), JSON.stringify(held)); } catch { /* as above */ }
  };
  keep();
  return {
    get said() { return held; },
    set(more) { held = {...held, ...more, at: Date.now()}; keep(); },
    take(other) { held = {...begun(other.code), ...other}; keep(); },
    end() {
      try { sessionStorage.removeItem(name()); } catch { /* as above */ }
      held = begun(held.code);
    },
  };
}
