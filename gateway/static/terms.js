// A community's terms as fields of a form and as words; what a field holds goes back as the service takes it.
"use strict";
const TIMES = [["respond", "受理", "居民提交后，多久内有人受理"], ["contact", "首次联系", "派单后，多久内联系居民"],
  ["arrive", "吹哨到场", "吹哨后，被召集的单位多久内到场"], ["ordinary", "一般办结", "没有单独约定的类别，多久内办结"]];
const UNITS = [[1440, "天（24 小时）"], [60, "小时"], [1, "分钟"]];
const COUNTS = [["return_limit", "退单次数上限", "退到第几次，自动提交上一级", 9], ["daily_reports", "居民每日报事上限", "每人每天在本社区可提交几件", 200]];
const SEVERITIES = [["extreme", "特别重大"], ["severe", "重大"], ["moderate", "较大"], ["minor", "一般"]];
const MOST_SPANS = 4;

function labelled(text, field, kind) {
  const label = made("label", "", kind || "field");
  label.append(made("span", text), field);
  return label;
}

function input(type, value, more) {
  return Object.assign(document.createElement("input"), {type, value, ...more});
}

function unitOf(minutes) {
  return UNITS.find(([size]) => minutes % size === 0)[0];
}

function timeField(name, given) {
  const size = unitOf(given.minutes);
  const unit = document.createElement("select");
  unit.ariaLabel = `${name}的单位`;
  unit.append(...UNITS.map(([each, word]) => new Option(word, each, false, each === size)));
  const count = input("number", given.minutes / size, {min: 1, step: 1, required: true, ariaLabel: `${name}的时间`});
  const always = input("checkbox", "", {checked: given.by_night});
  const line = made("div", "", "line");
  line.append(count, unit, labelled("昼夜连续", always, "tick"));
  return {line, fields: [count, unit, always], value: () => ({minutes: Number(count.value) * Number(unit.value), by_night: always.checked})};
}

function dutyField(spans) {
  const box = made("div", "");
  const add = Object.assign(made("button", "添加时段"), {type: "button"});
  const count = () => box.querySelectorAll(".span-row").length;
  function addSpan([opens, closes]) {
    const line = made("div", "", "line span-row");
    const hour = (value, word) => input("text", value, {required: true, size: 5, ariaLabel: word, placeholder: "09:00",
      pattern: "([01][0-9]|2[0-3]):[0-5][0-9]|24:00", title: "按 24 小时制填写，如 09:00；一天的末尾写 24:00"});
    const away = Object.assign(made("button", "删除"), {type: "button", onclick: () => { line.remove(); look(); }});
    line.append(hour(opens, "开始"), "至", hour(closes, "结束"), away);
    box.insertBefore(line, add);
    look();
  }
  function look() {
    add.disabled = count() >= MOST_SPANS;
    none.hidden = count() > 0;
  }
  const none = made("p", "没有值班时段：全天值守，昼夜连续计时。", "dim");
  add.onclick = () => addSpan(["", ""]);
  box.append(none, add);
  spans.forEach(addSpan);
  look();
  const value = () => [...box.querySelectorAll(".span-row")].map((one) => [...one.querySelectorAll("input")].map((hour) => hour.value));
  return {box, value};
}

function ownField(category, given, ordinary) {
  const own = input("checkbox", "", {checked: Boolean(given)});
  const time = timeField(category.name, given || ordinary);
  const line = made("div", "", "own");
  line.append(labelled(category.name, own, "tick name"), time.line);
  const look = () => time.fields.forEach((one) => { one.disabled = !own.checked; });
  own.onchange = look;
  look();
  return {line, value: () => (own.checked ? time.value() : null)};
}

function termsForm(form, terms, categories, area) {
  const card = (title, hint, ...inside) => {
    const section = made("section", "", "card");
    section.append(made("h2", title), made("p", hint, "dim"), ...inside);
    return section;
  };
  const duty = dutyField(terms.duty);
  const times = TIMES.map(([name, word, hint]) => [name, timeField(word, terms[name]), word, hint]);
  const own = categories.map((one) => [one.code, ownField(one, terms.resolve[one.code], terms.ordinary)]);
  const graded = SEVERITIES.map(([code, name]) => [code, ownField({name}, terms.severity[code], terms.ordinary)]);
  const counts = COUNTS.map(([name, word, hint, most]) => [name, input("number", terms[name], {min: 1, max: most, step: 1, required: true}), word, hint]);
  const lived = terms.households || {};
  const homes = input("number", lived[area] || "", {min: 1, max: 200000, step: 1});
  const households = () => { // what is said of grids stays as it is
    const {[area]: before, ...grids} = lived;
    return homes.value ? {...grids, [area]: Number(homes.value)} : grids;
  };
  const where = input("checkbox", "", {checked: Boolean(terms.asks_where)});
  const save = made("button", "保存新的约定");
  form.replaceChildren(
    card("值班时段", "按一天的先后填写；法定节假日和周末不值班，调休上班日照常。", duty.box),
    card("时限", "每项 5 分钟到 90 天；不选“昼夜连续”的只计值班时间。", ...times.flatMap(([, field, word, hint]) => [made("h3", `${word}：${hint}`), field.line])),
    card("各类别的办结时限", "勾选的类别单独约定，其余按“一般办结”。", ...own.map(([, field]) => field.line)),
    card("各紧急程度的办结时限", "勾选的程度单独约定；与类别的时限不同时，按先到期的一个。", ...graded.map(([, field]) => field.line)),
    card("次数", "", ...counts.map(([, field, word, hint]) => labelled(`${word}（${hint}）`, field))),
    card("住户数", "用于每千户问题数；不填则不统计。网格的住户数见接口。", labelled("本社区住户数", homes)),
    card("办结位置", "勾选后，办结须提供处置后照片的拍摄位置；不能提供的须选择原因。", labelled("办结须提供拍摄位置", where, "tick")),
    save,
  );
  const said = (fields) => Object.fromEntries(fields.map(([code, field]) => [code, field.value()]).filter(([, value]) => value));
  return () => ({
    duty: duty.value(), ...Object.fromEntries(times.map(([name, field]) => [name, field.value()])),
    resolve: said(own), severity: said(graded),
    ...Object.fromEntries(counts.map(([name, field]) => [name, Number(field.value)])), households: households(),
    asks_where: where.checked,
  });
}

function inWords(terms, categories) {
  const time = (one) => {
    const size = unitOf(one.minutes);
    return `${one.minutes / size} ${UNITS.find(([each]) => each === size)[1]}${one.by_night ? "（昼夜连续）" : "（值班时间）"}`;
  };
  return new Map([
    ["值班时段", terms.duty.map((span) => span.join("–")).join("、") || "全天值守"],
    ...TIMES.map(([name, word]) => [word, time(terms[name])]),
    ...categories.map((one) => [`${one.name}办结`, terms.resolve[one.code] ? time(terms.resolve[one.code]) : "按一般办结"]),
    ...SEVERITIES.map(([code, name]) => [`紧急程度“${name}”办结`, terms.severity[code] ? time(terms.severity[code]) : "按类别"]),
    ...COUNTS.map(([name, word]) => [word, String(terms[name])]),
    ["住户数", Object.entries(terms.households || {}).map(([place, many]) => `${place} ${many}`).sort().join("、") || "未填"],
    ["办结位置", terms.asks_where ? "须提供拍摄位置或原因" : "不要求"],
  ]);
}
