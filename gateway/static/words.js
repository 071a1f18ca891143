// What the pages of the edge share: the words for roles and events, and how to ask and draw.
"use strict";
const ROLES = {grid_worker: "网格员", courtyard_lead: "院落长", community_officer: "社区干部", subdistrict_officer: "街道干部",
  doctor: "家庭医生", hut_staff: "健康小屋", guard: "门岗", admin: "管理员"};
const TOPICS = {"reports.report_submitted.v1": "新报事", "reports.report_accepted.v1": "报事已受理", "reports.report_assigned.v1": "报事已派单",
  "reports.report_returned.v1": "报事被退回", "reports.report_started.v1": "报事处置中", "reports.report_resolved.v1": "报事已办结",
  "reports.report_rated.v1": "居民已评价", "reports.report_closed.v1": "报事已归档", "reports.report_reopened.v1": "居民要求重办",
  "reports.photo_rejected.v1": "照片无法使用", "identity.binding_changed.v1": "住户登记变更",
  "notify.notice_added.v1": "新通知", "gate.barrier_commanded.v1": "大门开启指令", "health.appointment_booked.v1": "问诊预约成功"};
const at = (id) => document.getElementById(id);

function made(tag, text, kind) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

function row(left, right) {
  const item = document.createElement("li");
  item.append(left, right);
  return item;
}

function clock(moment) {
  return new Date(moment).toLocaleTimeString("zh-CN", {timeZone: "Asia/Shanghai", hour12: false});
}

async function asked(path, options) {
  const answer = await fetch(path, options);
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail || said.title || `HTTP ${answer.status}`), {status: answer.status});
  return said;
}
