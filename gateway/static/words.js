// What the pages of the edge share: the words for roles, events and states, and how to ask and draw.
"use strict";
const ROLES = {grid_worker: "网格员", courtyard_lead: "院落长", community_officer: "社区干部", subdistrict_officer: "街道干部",
  doctor: "家庭医生", hut_staff: "健康小屋", guard: "门岗", admin: "管理员"};
const TOPICS = {
  "reports.report_submitted.v1": "新报事", "reports.report_accepted.v1": "报事已受理", "reports.report_assigned.v1": "报事已派单",
  "reports.report_returned.v1": "报事被退回", "reports.report_started.v1": "报事处置中", "reports.report_resolved.v1": "报事已办结",
  "reports.report_rated.v1": "居民已评价", "reports.report_closed.v1": "报事已归档", "reports.report_reopened.v1": "居民要求重办",
  "reports.report_declined.v1": "报事不予受理", "reports.report_escalated.v1": "报事已提级", "reports.report_reclassified.v1": "报事已调整类别", "reports.report_graded.v1": "报事已调整紧急程度",
  "reports.report_questioned.v1": "报事待居民补充", "reports.report_suspended.v1": "报事挂起",
  "reports.report_resumed.v1": "报事恢复处置", "reports.report_withdrawn.v1": "报事已撤回",
  "reports.report_supported.v1": "邻居也遇到", "reports.report_merged.v1": "报事已并案", "reports.report_unmerged.v1": "报事已拆分",
  "reports.report_appraised.v1": "邻居已评价", "reports.report_noted.v1": "有新留言", "reports.cure_begun.v1": "主动治理", "reports.cure_due.v1": "治理复查", "reports.cure_overdue.v1": "治理逾期", "reports.cure_handed_on.v1": "治理转交",
  "reports.photo_rejected.v1": "照片无法使用", "reports.photo_published.v1": "照片已公开", "reports.photo_concealed.v1": "照片已撤回公开",
  "reports.recording_rejected.v1": "录音录像无法使用",
  "reports.report_held.v1": "内容待复核", "reports.report_released.v1": "内容已复核", "reports.hook_silenced.v1": "推送已停止", "reports.hotspot_grown.v1": "多人反映", "reports.day_counted.v1": "每日统计", "reports.hook_gone.v1": "推送已注销", "reports.check_waiting.v1": "内容待复核提醒", "reports.clock_warned.v1": "时限提醒",
  "reports.clock_missed.v1": "超过时限", "reports.whistle_blown.v1": "吹哨", "reports.unit_arrived.v1": "单位已报到", "reports.unit_contributed.v1": "单位已填写协办情况",
  "reports.unit_overdue.v1": "单位逾期未到", "identity.binding_changed.v1": "住户登记变更",
  "identity.helper_changed.v1": "护工登记变更",
  "identity.assignment_changed.v1": "任职变更", "identity.area_changed.v1": "区域变更", "identity.unit_changed.v1": "单位变更",
  "identity.person_registered.v1": "新登记人员", "identity.access_revoked.v1": "全部设备已退出",
  "identity.erasure_asked.v1": "申请注销账号",
  "identity.factor_changed.v1": "登录方式变更", "identity.device_added.v1": "新设备登录", "identity.phone_changed.v1": "登录手机号变更",
  "identity.fact_changed.v1": "身份核验变更",
  "identity.person_signed_out.v1": "已被要求退出登录", "identity.cover_arranged.v1": "代班安排", "identity.emergency_begun.v1": "紧急授权开始",
  "identity.emergency_ended.v1": "紧急授权结束", "identity.emergency_reviewed.v1": "紧急授权已复核",
  "identity.proxy_changed.v1": "代办授权变更", "identity.child_turned_six.v1": "儿童满六周岁", "identity.binding_proposed.v1": "住户登记待确认",
  "identity.invitation_accepted.v1": "入住邀请已被接受",
  "notify.notice_added.v1": "新通知",
  "gate.barrier_commanded.v1": "大门开启指令", "health.appointment_booked.v1": "预约成功",
  "health.appointment_cancelled.v1": "预约已取消", "health.appointment_rescheduled.v1": "改约成功",
  "health.appointment_submitted.v1": "预约已提交医院", "health.appointment_unanswered.v1": "医院确认中",
  "health.appointment_rejected.v1": "预约未成功", "health.appointment_withdrawn.v1": "预约申请取消",
  "health.appointment_kept.v1": "取消未成功", "health.appointment_displaced.v1": "预约已失效",
  "health.appointment_arrived.v1": "已报到", "health.appointment_called.v1": "已叫号", "health.appointment_fulfilled.v1": "已就诊",
  "health.appointment_missed.v1": "未到诊", "health.appointment_called_off.v1": "停诊", "health.seat_offered.v1": "为居民预留了号",
  "health.appointment_reminded.v1": "就诊提醒", "health.breach_counted.v1": "失约记录", "health.breach_appealed.v1": "失约申诉",
  "health.breach_decided.v1": "失约申诉已处理", "health.sanction_begun.v1": "暂停自助预约", "health.sanction_lifted.v1": "恢复自助预约",
  "health.contract_asked.v1": "家庭医生签约待确认", "health.contract_signed.v1": "家庭医生签约生效", "health.contract_declined.v1": "家庭医生签约未成",
  "health.contract_ended.v1": "家庭医生签约已解除", "health.contract_ending.v1": "家庭医生签约即将到期", "health.contract_served.v1": "签约服务已登记",
  "health.subscription_silenced.v1": "医院推送已停止"};
const STATUS = {submitted: "已提交", accepted: "已受理", assigned: "已派单", processing: "处置中", resolved: "办结待评", closed: "已归档",
  reopened: "重办", declined: "不予受理", returned: "退单", escalated: "已提级", withdrawn: "已撤回", awaiting_reporter: "待补充",
  on_hold: "挂起", whistled: "吹哨协办", merged: "已并案"};
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
