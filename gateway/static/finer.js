// 具体类别: what lies below the category that was chosen, in the catalogue of this community, and what has to be answered besides.
// Only what must be answered is asked, and what is only to be read is shown: the page is for somebody before a wall.
"use strict";
const LOCAL = ":00+08:00"; // a moment that is picked is one of here, whatever the phone is set to
let wanted = []; // the questions that stand on the page

const chosenKind = () => (seen && seen.kinds.find((one) => one.code === draft.said.category)) || {};
const finerOf = (one) => ({subcategory: one.subcategory || "", answers: one.answers || {}}); // drafts of before know of neither

function waysBelow(nodes, above) { // each node with those above it
  return nodes.reduce((found, one) => [...found, [...above, one], ...waysBelow(one.subcategories, [...above, one])], []);
}

function offerFiner() {
  const kind = chosenKind(), ways = waysBelow(kind.subcategories || [], []);
  const ends = ways.map((way) => way[way.length - 1].subcategory), chosen = ends.indexOf(draft.said.subcategory);
  if (chosen < 0 && draft.said.subcategory) draft.set({subcategory: ""}); // it was retired meanwhile
  at("below").replaceChildren(new Option("说不清，不选", ""),
    ...ways.map((way, place) => new Option(way.map((one) => one.name).join(" › "), ends[place])));
  at("below").value = draft.said.subcategory;
  at("finer").hidden = !ways.length;
  askFor([kind, ...(ways[chosen] || [])].reduce((found, one) => [...found, ...(one.fields || [])], []));
}

function chooseBelow(subcategory) {
  draft.set({subcategory});
  offerFiner();
  if (written()) keepSoon();
}

function askFor(fields) {
  wanted = fields.filter((one) => one.variable && one.required);
  const shown = fields.filter((one) => !one.variable || one.required);
  at("questions").replaceChildren(...shown.map((one) => (one.variable ? question(one) : made("p", one.label, "hint"))));
  at("questions").hidden = !shown.length;
}

function question(field) {
  const id = `field-${field.code}`, beside = made("div", "");
  const label = Object.assign(made("label", field.label), {htmlFor: id});
  const parts = field.datatype === "multivaluelist" ? ticks(field) : [Object.assign(control(field), {id, required: true})];
  beside.append(label, ...(field.hint ? [made("p", field.hint, "hint")] : []), ...parts);
  return beside;
}

function control(field) {
  const [said] = draft.said.answers[field.code] || [""];
  const kinds = {number: {type: "text", inputMode: "decimal"}, datetime: {type: "datetime-local"}, string: {type: "text", maxLength: 200}};
  const one = document.createElement(field.datatype === "text" ? "textarea" : field.values.length ? "select" : "input");
  if (field.values.length) one.append(new Option("请选择", ""), ...field.values.map((value) => new Option(value.name, value.key)));
  else Object.assign(one, kinds[field.datatype] || {rows: 3, maxLength: 1000}, {autocomplete: "off"});
  one.value = said;
  one.oninput = one.onchange = () => answer(field.code, one.value.trim() ? [one.value.trim()] : []);
  return one;
}

function ticks(field) {
  return field.values.map((value) => {
    const box = Object.assign(document.createElement("input"), {type: "checkbox"}), line = made("label", "", "tick");
    box.checked = (draft.said.answers[field.code] || []).includes(value.key);
    box.onchange = () => {
      const others = (draft.said.answers[field.code] || []).filter((key) => key !== value.key);
      answer(field.code, box.checked ? [...others, value.key] : others);
    };
    line.append(box, ` ${value.name}`);
    return line;
  });
}

function answer(code, values) {
  draft.set({answers: {...draft.said.answers, [code]: values}});
  if (written()) keepSoon();
}

function mustBeAnswered() { // also of what was written without a network, when nobody knew what is asked
  const missing = wanted.find((one) => !(draft.said.answers[one.code] || []).length);
  if (!missing) return;
  step("report");
  throw new Error(`请先回答：“${missing.label}”。`);
}

function finest() { // as it is filed: nothing that was not said
  const {subcategory, answers} = draft.said;
  const said = wanted.map(({code, datatype}) => [code, (answers[code] || []).map((one) => (datatype === "datetime" ? one + LOCAL : one))]);
  return {...(subcategory && {subcategory}), ...(said.length && {answers: Object.fromEntries(said)})};
}
