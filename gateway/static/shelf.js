// What lies on this phone: drafts that outlive the network and the tab, in IndexedDB, only where somebody said that the phone is
// their own. Of a draft it keeps what is named in CONTENTS: no token of a sign-in, no phone number. Each goes when it is filed,
// by one tap, or by itself three days after it was last written.
"use strict";
const SHELF_LASTS = 72 * 3600000, OWN = "own-phone";
const CONTENTS = ["token", "code", "text", "category", "subcategory", "answers", "danger", "sent", "at", "seen", "photos", "voice"];

function shelfOf() {
  let own = false, room = null;
  try { own = Boolean(window.indexedDB) && localStorage.getItem(OWN) === "1"; } catch { /* no storage here: nothing outlives the tab */ }

  function opened() {
    room = room || new Promise((done, fail) => {
      const asked = indexedDB.open("guohuai-drafts", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", {keyPath: "token"});
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => { room = null; fail(asked.error || new Error("blocked")); };
    });
    return room;
  }

  async function within(mode, act) { // one transaction; what `act` found when all of it is done
    const held = (await opened()).transaction("drafts", mode), found = {};
    return new Promise((done, fail) => {
      held.oncomplete = () => done(found.value);
      held.onerror = held.onabort = () => fail(held.error || new Error("aborted"));
      act(held.objectStore("drafts"), found);
    });
  }

  function put(draft, lay) { // one that lay there and lies there no more was filed or dropped by another tab: it stays away
    const record = Object.fromEntries(CONTENTS.map((name) => [name, draft[name]]));
    return within("readwrite", (drafts, found) => {
      drafts.getKey(draft.token).onsuccess = (there) => {
        found.value = !lay || there.target.result !== undefined;
        if (found.value) drafts.put(record);
      };
    });
  }

  return {
    get own() { return own; },
    can: Boolean(window.indexedDB),
    async claim(mine) { // whose phone it is; where it is not theirs alone nothing stays
      own = mine;
      if (mine) return localStorage.setItem(OWN, "1");
      localStorage.removeItem(OWN);
      return within("readwrite", (drafts) => drafts.clear());
    },
    put,
    drop: (token) => within("readwrite", (drafts) => drafts.delete(token)),
    async all() { // newest first; what is too old goes now
      if (!own) return [];
      const found = await within("readwrite", (drafts, said) => {
        drafts.getAll().onsuccess = (there) => {
          const old = (one) => !(Date.now() - one.at < SHELF_LASTS);
          there.target.result.filter(old).forEach((one) => drafts.delete(one.token));
          said.value = there.target.result.filter((one) => !old(one));
        };
      });
      return found.sort((one, other) => other.at - one.at);
    },
  };
}
