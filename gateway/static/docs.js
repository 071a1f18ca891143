// Draws /openapi.json: operations by resource, with what they take and what they answer.
"use strict";
function made(tag, text, kind) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

function resolved(document_, schema, depth = 0) {
  if (!schema || depth > 6) return schema;
  if (schema.$ref) return resolved(document_, document_.components.schemas[schema.$ref.split("/").pop()], depth + 1);
  return schema;
}

function sketch(document_, schema, depth = 0) {
  const one = resolved(document_, schema);
  if (!one || depth > 4) return "…";
  if (one.const !== undefined) return one.const;
  if (one.enum) return one.enum.join(" | ");
  if (one.anyOf) return sketch(document_, one.anyOf[0], depth + 1);
  if (one.type === "array") return [sketch(document_, one.items, depth + 1)];
  if (one.properties) return Object.fromEntries(Object.entries(one.properties).map(([name, inner]) => [name, sketch(document_, inner, depth + 1)]));
  return one.format || one.type || "…";
}

function operation(document_, path, method, said) {
  const box = document.createElement("details");
  const head = document.createElement("summary");
  head.append(made("span", method.toUpperCase(), `method ${method}`), made("code", path), made("span", said.description || said.summary || "", "dim"));
  box.append(head);
  const parameters = (said.parameters || []).map((one) => `${one.name} (${one.in}${one.required ? ", required" : ""})`);
  if (parameters.length) box.append(made("p", `parameters: ${parameters.join(", ")}`, "dim"));
  const body = said.requestBody?.content?.["application/json"]?.schema;
  if (body) box.append(made("p", "body", "dim"), made("pre", JSON.stringify(sketch(document_, body), null, 2)));
  for (const [status, answer] of Object.entries(said.responses || {})) {
    const schema = answer.content?.["application/json"]?.schema;
    if (status.startsWith("2") && schema) box.append(made("p", `answers ${status}`, "dim"), made("pre", JSON.stringify(sketch(document_, schema), null, 2)));
  }
  const refusals = Object.keys(said.responses || {}).filter((status) => !status.startsWith("2"));
  box.append(made("p", `may refuse with ${refusals.join(", ")}, as application/problem+json`, "dim"));
  return box;
}

fetch("/openapi.json").then((answer) => answer.json()).then((document_) => {
  const groups = {};
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, said] of Object.entries(methods)) {
      const name = path.startsWith("/api/v1/") ? path.split("/")[3] : path.split("/")[1];
      (groups[name] ||= []).push(operation(document_, path, method, said));
    }
  }
  document.getElementById("operations").replaceChildren(...Object.entries(groups).flatMap(([name, boxes]) => [made("h2", name), ...boxes]));
}).catch((failed) => document.getElementById("operations").replaceChildren(made("p", `无法读取：${failed.message}`, "problem")));
