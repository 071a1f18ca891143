// The last traces as a list, and one of them as a waterfall: a row a span, indented below what caused it.
"use strict";
const COLOURS = ["#2f6b4f", "#8a5a1c", "#37618e", "#7d3f77", "#a3452f", "#4d6b2c", "#5b5b8a"];
const ms = (nanoseconds) => `${(nanoseconds / 1e6).toFixed(nanoseconds < 1e7 ? 2 : 1)} ms`;

function colours(services) {
  return Object.fromEntries(services.map((name, n) => [name, COLOURS[n % COLOURS.length]]));
}

async function showList() {
  const traces = await asked("/demo/traces");
  if (!traces.length) return at("shown").replaceChildren(made("p", "还没有链路。先在首页登录，或运行 make demo。", "dim"));
  const table = made("ul", "");
  table.append(...traces.map((one) => {
    const link = Object.assign(made("a", one.name), {href: `#${one.trace_id}`});
    const left = made("span", "");
    left.append(link, made("span", `　${one.services.join("、")}`, "dim"));
    if (one.failed) left.append(made("span", "　有错误", "problem"));
    return row(left, made("span", `${one.spans} 段　${ms(one.nanoseconds)}　${clock(one.begin / 1e6)}`, "dim"));
  }));
  at("shown").replaceChildren(made("h2", "最近的链路"), table);
}

function ordered(spans) {
  const known = new Set(spans.map((span) => span.id));
  const below = new Map();
  for (const span of spans) {
    const parent = known.has(span.parent) ? span.parent : "";
    below.set(parent, [...(below.get(parent) || []), span]);
  }
  const walk = (parent, depth) => (below.get(parent) || []).flatMap((span) => [{span, depth}, ...walk(span.id, depth + 1)]);
  return walk("", 0);
}

async function showOne(trace) {
  const spans = await asked(`/demo/traces/${trace}`);
  const begin = Math.min(...spans.map((span) => span.begin));
  const whole = Math.max(...spans.map((span) => span.end)) - begin || 1;
  const colour = colours([...new Set(spans.map((span) => span.service))]);
  const legend = made("p", "");
  legend.append(...Object.entries(colour).map(([name, tint]) => {
    const key = made("span", name, "legend");
    key.style.setProperty("--tint", tint);
    return key;
  }));
  const drawing = made("div", "", "waterfall");
  drawing.append(...ordered(spans).map(({span, depth}) => bar(span, depth, begin, whole, colour[span.service])));
  const scale = made("div", "", "scale");
  scale.append(...[0, 0.25, 0.5, 0.75, 1].map((part) => made("span", ms(whole * part))));
  at("shown").replaceChildren(made("h2", trace), made("p", `${spans.length} 段，共 ${ms(whole)}，开始于 ${clock(begin / 1e6)}`, "dim"), legend, scale, drawing);
}

function bar(span, depth, begin, whole, tint) {
  const line = made("div", "", "span");
  const name = made("span", span.name, span.failed ? "name problem" : "name");
  name.style.paddingLeft = `${depth * 14}px`;
  const track = made("span", "", "track");
  const block = made("span", "", "block");
  const left = (span.begin - begin) / whole * 100;
  block.style.left = `${left}%`;
  block.style.width = `${Math.max((span.end - span.begin) / whole * 100, 0.3)}%`;
  block.style.background = tint;
  const time = made("span", ms(span.end - span.begin), "time");
  const end = left + (span.end - span.begin) / whole * 100;
  time.style[end > 88 ? "right" : "left"] = end > 88 ? `calc(${100 - left}% + 4px)` : `calc(${end}% + 4px)`;
  track.append(block, time);
  line.title = `${span.service} · ${span.kind} · ${span.name}\n+${ms(span.begin - begin)}，${ms(span.end - span.begin)}\n` +
    Object.entries(span.facts).map(([key, value]) => `${key}: ${value}`).join("\n");
  line.append(name, track);
  return line;
}

async function show() {
  const trace = location.hash.slice(1);
  at("id").value = trace;
  try {
    await (/^[0-9a-f]{32}$/.test(trace) ? showOne(trace) : showList());
  } catch (failed) {
    const why = failed.status === 404 ? (trace ? "没有这条链路：可能已被较新的挤出，或还在路上（约五秒后可见）。" : "此环境没有开启链路收集。") : failed.message;
    at("shown").replaceChildren(made("p", why, "problem"));
  }
}

at("find").onsubmit = (event) => { event.preventDefault(); location.hash = at("id").value.trim(); };
addEventListener("hashchange", show);
show();
