// The public board: what everybody may know of a community, drawn; nobody signs in and nothing is kept.
"use strict";
const RATES = {response: "响应率", resolved: "解决率", satisfied: "满意率"};
const LEFT = 34, RIGHT = 350, TOP = 12, BOTTOM = 170, ASIDE = 7;
let categories = {};

function drawn(tag, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

const percent = (share) => `${Math.round(share * 100)}%`;
const height = (share) => BOTTOM - share * (BOTTOM - TOP);
const day = (moment) => new Date(moment).toLocaleDateString("zh-CN", {timeZone: "Asia/Shanghai"});
const monthly = (name) => `${Number(name.slice(5))} 月`;

function plot(months) {
  const place = (n) => LEFT + (n + .5) * (RIGHT - LEFT) / months.length, parts = [];
  for (const share of [0, .25, .5, .75, 1]) {
    parts.push(drawn("path", {class: "line", d: `M${LEFT} ${height(share)}H${RIGHT}`}));
    parts.push(drawn("text", {x: LEFT - 5, y: height(share) + 4, "text-anchor": "end"}, percent(share)));
  }
  months.forEach((month, n) => parts.push(drawn("text", {x: place(n), y: BOTTOM + 18, "text-anchor": "middle"}, monthly(month.group))));
  Object.keys(RATES).forEach((kind, which) => parts.push(...series(months, kind, (n) => place(n) + (which - 1) * ASIDE)));
  at("plot").replaceChildren(...parts);
  const known = months.filter((month) => Object.keys(RATES).some((kind) => month[kind]));
  at("plot").setAttribute("aria-label", known.map((month) => `${monthly(month.group)}：${spoken(month)}`).join("；") || "暂无");
  at("none").hidden = known.length > 0;
}

function series(months, kind, place) { // a gap where a month is not told
  const parts = [];
  let begun = "M", way = "";
  months.forEach((month, n) => {
    const rate = month[kind];
    if (!rate) {
      begun = "M";
      return;
    }
    way += `${begun}${place(n)} ${height(rate.value)}`;
    begun = "L";
    parts.push(drawn("path", {class: `low ${kind}`, d: `M${place(n)} ${height(rate.value)}V${height(rate.low)}m-3 0h6`}));
    parts.push(drawn("circle", {class: kind, cx: place(n), cy: height(rate.value), r: 3.5}));
  });
  return [drawn("path", {class: kind, d: way || "M0 0"}), ...parts];
}

function spoken(group) {
  return Object.entries(RATES).map(([kind, word]) => `${word}${group[kind] ? percent(group[kind].value) : "件数不足"}`).join("，");
}

function cell(rate, silent) {
  const node = document.createElement("td");
  if (!rate) {
    node.append(made("span", "件数不足", "wordless"));
    return node;
  }
  const bar = document.createElement("meter");
  Object.assign(bar, {value: rate.low, max: 1, title: `下限 ${percent(rate.low)}`});
  bar.setAttribute("aria-label", `下限 ${percent(rate.low)}`);
  node.append(made("strong", percent(rate.value)), bar, made("small", `下限 ${percent(rate.low)}`),
    made("small", `${rate.numerator} / ${rate.denominator} 件`), made("small", silent ? `未知 ${silent} 件` : ""));
  return node;
}

function line(word, group) {
  const node = document.createElement("tr"), head = made("th", word);
  head.scope = "row";
  node.append(head, ...Object.keys(RATES).map((kind) => cell(group[kind], group.unanswered?.[kind])));
  return node;
}

function bar(kind, word, rate) {
  const node = made("p", "", kind);
  if (!rate) {
    node.append(made("small", `${word} 件数不足`, "wordless"));
    return node;
  }
  const [whole, low] = [rate.value * 100, rate.low * 100];
  const svg = drawn("svg", {viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true"});
  svg.append(drawn("rect", {class: "ground", x: 0, y: 2, width: 100, height: 6}), drawn("rect", {x: 0, y: 2, width: whole, height: 6}),
    drawn("path", {class: "low", d: `M${Math.max(low, .4)} 0V10`}));
  node.append(svg, made("small", `${word} ${percent(rate.value)}，下限 ${percent(rate.low)}，${rate.numerator} / ${rate.denominator} 件`));
  return node;
}

function grid(one, board) {
  const word = one.group === "rest" ? "其他合计" : one.group === board.area ? "未分网格" : one.name || one.group.split(".").pop();
  const node = document.createElement("li");
  node.append(made("strong", word), ...Object.entries(RATES).map(([kind, said]) => bar(kind, said, one[kind])));
  return node;
}

function show(board) {
  const last = board.months[board.months.length - 1];
  at("known").textContent = `${board.name} · 三率截至 ${day(board.known_at)} 零点`;
  at("since").textContent = `截至 ${day(board.open_at)} 零点；不足 ${board.fewest} 件的类别并入“其他合计”，合计仍不足的不公示。`;
  document.title = `${board.name}办理公示 · 智惠国槐`;
  at("none").textContent = `最近六个月每月都不足 ${board.fewest} 件，暂不公示。`;
  plot(board.months);
  const lived = last.clusters ? ` · 每千户 ${last.clusters.per_thousand.toFixed(1)} 个公共问题` : "";
  at("month").textContent = `${last.group.slice(0, 4)} 年 ${monthly(last.group)}${lived}`;
  const told = [...board.categories].sort((one, other) => (one.group === "rest") - (other.group === "rest"));
  at("rates").replaceChildren(line("全部", last), ...told.map((one) => line(categories[one.group] || "其他合计", one)));
  at("few").textContent = `不足 ${board.fewest} 件或 ${board.fewest} 人的不单独公示，并入“其他合计”，以免认出某个人。`;
  const grids = [...board.grids].sort((one, other) => (one.group === "rest") - (other.group === "rest"));
  at("grids").replaceChildren(...grids.map((one) => grid(one, board)));
  at("by-grid").hidden = !grids.length;
  const open = Object.entries(board.open).sort((one, other) => other[1] - one[1]);
  at("open").replaceChildren(...open.map(([name, many]) => row(categories[name] || "其他合计", made("strong", `${many} 件`))));
  if (!open.length) at("open").append(row("没有，或不足公示件数", ""));
  at("all").hidden = false;
}

async function turn(area) {
  at("failed").hidden = true;
  try {
    show(await asked(`/api/v1/board/${encodeURIComponent(area)}`));
  } catch (failed) {
    at("all").hidden = true;
    at("failed").textContent = failed.status ? failed.message : "网络没有连上，请稍后再试。";
    at("failed").hidden = false;
  }
}

async function begin() {
  try {
    const [boards, kinds] = await Promise.all([asked("/api/v1/board"), asked("/api/v1/categories")]);
    categories = Object.fromEntries(kinds.map((kind) => [kind.code, kind.name]));
    const named = new URLSearchParams(location.search).get("area");
    at("community").replaceChildren(...boards.map((one) => Object.assign(made("option", one.name), {value: one.area})));
    at("choice").hidden = boards.length < 2;
    const chosen = boards.find((one) => one.area === named) || boards[0];
    if (!chosen) throw new Error("还没有社区。");
    at("community").value = chosen.area;
    at("community").addEventListener("change", () => {
      history.replaceState(null, "", `?area=${encodeURIComponent(at("community").value)}`);
      turn(at("community").value);
    });
    await turn(chosen.area);
  } catch (failed) {
    at("known").textContent = "";
    at("failed").textContent = failed.status ? failed.message : "网络没有连上，请稍后再试。";
    at("failed").hidden = false;
  }
}
begin();
