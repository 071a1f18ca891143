// The page behind a poster opens without a network: this worker keeps its own files, all of one version, and nothing else. What
// is asked of the platform goes past it, every time. The edge writes the first line (gateway/api/home.py).
"use strict";
const VERSION = "none", PAGE = "/s/page", FILES = [];
const CACHE = `guohuai-scan-${VERSION}`;

oninstall = (event) => event.waitUntil((async () => {
  const kept = await caches.open(CACHE);
  await kept.addAll([PAGE, ...FILES].map((path) => new Request(path, {cache: "reload", credentials: "omit"})));
  await skipWaiting();
})());

onactivate = (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith("guohuai-scan-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
})());

onfetch = (event) => {
  const {method, mode, url} = event.request, {origin, pathname} = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  const path = mode === "navigate" && pathname.startsWith("/s/") ? PAGE : pathname;
  if (path !== PAGE && !FILES.includes(path)) return;
  event.respondWith(kept(path, event.request));
};

async function kept(path, request) { // whatever language or packing it was asked in: there is one of each
  return await (await caches.open(CACHE)).match(path, {ignoreVary: true}) || fetch(request);
}
