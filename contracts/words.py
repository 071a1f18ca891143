"""What every act and every role is called where people read it, and the rules of all services, as they are published.

`rights.json` is made from each service's `domain/rights.py` by `make generate` and compared in CI: who may do what is no secret.
"""

import json
from pathlib import Path
from typing import Any, Protocol

from contracts.area import Role

ROLES: dict[Role, str] = {
    Role.RESIDENT: "居民", Role.GRID_WORKER: "网格员", Role.COURTYARD_LEAD: "院落长", Role.COMMUNITY_OFFICER: "社区干部",
    Role.SUBDISTRICT_OFFICER: "街道干部", Role.DOCTOR: "医生", Role.HUT_STAFF: "健康小屋工作人员", Role.GUARD: "门岗",
    Role.PROPERTY: "物业人员", Role.PARTNER: "协助单位人员", Role.DEVICE: "设备", Role.ADMIN: "管理员", Role.AUDITOR: "审计员",
}
ACTS: dict[str, str] = {
    "proxies.read": "查看代办授权", "proxies.give": "授权他人代办", "proxies.record": "登记代办授权",
    "proxies.end": "结束代办授权", "people.find": "查找居民", "people.reveal": "查看完整信息", "people.merge": "合并重复人员",
    "people.verify": "核验本人身份", "facts.read": "查看身份核验", "facts.record": "登记身份核验",
    "duplicates.read": "查看疑似重复人员", "people.export": "索取个人信息副本", "people.prove": "验证本人手机",
    "people.erase": "申请注销账号", "consents.keep": "管理本人的同意", "erasures.read": "查看注销申请",
    "people.explain": "查询权限说明", "assignments.cover": "安排代班", "emergencies.take": "取得紧急授权",
    "refusals.read": "查看被拒绝的访问", "emergencies.read": "查看紧急授权", "emergencies.review": "复核紧急授权",
    "networks.read": "查看管理员登录网络", "networks.change": "设置管理员登录网络",
    "openid": "告知应用登录者是谁", "people.read": "查看本人资料", "people.revoke": "在所有设备上退出登录",
    "people.unlink": "解除微信账号关联", "people.secure": "管理本人的第二步验证", "people.recover": "重置他人的第二步验证",
    "areas.read": "查看区域", "areas.write": "维护区域", "units.read": "查看单位", "units.write": "维护单位",
    "assignments.read": "查看任职", "assignments.grant": "授予和结束任职", "imports.make": "上传导入表格",
    "imports.commit": "确认导入", "registrations.decide": "协助登记居民", "phones.give": "为居民登记手机号",
    "bindings.read": "查看住户绑定", "bindings.approve": "审批住户绑定", "bindings.agree": "确认或否认住户绑定",
    "bindings.leave": "登记本人搬离", "invitations.make": "邀请他人入住", "invitations.keep": "查看、撤回和结束入住邀请",
    "invitations.accept": "接受入住邀请",
    "reports.file": "提交报事",
    "uploads.grant": "上传文件", "reports.support": "附议报事", "reports.read": "查看报事", "reports.accept": "受理报事",
    "reports.decline": "不予受理报事", "reports.appeal": "申诉报事", "reports.withdraw": "撤回报事",
    "reports.merge": "并案", "reports.escalate": "提级报事", "reports.ask": "要求补充报事信息",
    "reports.supplement": "补充报事信息", "reports.hold": "暂缓报事", "reports.resume": "恢复处置报事",
    "reports.whistle": "吹哨", "reports.arrive": "到场报到", "reports.explain": "说明报到逾期原因",
    "reports.verify": "核实报事", "reports.assign": "派单", "reports.reassign": "改派", "reports.return": "退单",
    "reports.process": "处置报事", "reports.reclassify": "调整类别",
    "reports.grade": "调整紧急程度", "reports.resolve": "办结报事", "reports.rate": "评价报事",
    "reports.contribute": "填写协办情况", "reports.file_for": "代居民报事",
    "reports.divide": "分解报事", "reports.abandon": "撤销子报事",
    "reports.appraise": "作为反映人评价", "reports.reopen": "要求重办", "reports.close": "归档报事",
    "figures.read": "查看三率", "cures.read": "查看主动治理事项", "cures.write": "确定主动治理事项",
    "cures.end": "结束主动治理事项", "cures.note": "写治理批注", "notes.read": "查看批注", "notes.write": "写批注",
    "worklists.read": "查看工作清单", "batches.do": "批量处理报事", "views.keep": "保存视图",
    "follows.keep": "关注地点", "phrases.read": "使用常用语",
    "phrases.write": "维护社区常用语", "exports.make": "导出报事",
    "exports.read": "取回导出的报事", "maps.read": "查看报事地图", "handovers.read": "查看交接",
    "handovers.make": "安排交接", "reports.hand_in": "导入报事表", "doubles.read": "查看疑似重复",
    "photos.read": "查看照片公开情况", "photos.publish": "公开照片", "photos.conceal": "撤回公开的照片",
    "photos.take_back": "收回自己发的照片", "recordings.take_back": "收回自己发的录音录像",
    "recordings.read": "听看录音录像", "recordings.add": "添加录音录像", "recordings.mend": "添加处置后录音录像",
    "hooks.read": "查看推送地址", "hooks.write": "维护推送地址",
    "checks.read": "查看内容检查", "checks.decide": "处理内容检查",
    "doubles.settle": "处理疑似重复", "anchors.read": "查看点位码", "anchors.write": "维护点位码",
    "settings.read": "查看时限设置", "settings.write": "修改时限设置", "gates.read": "查看门岗", "gate.open": "远程开闸",
    "slots.read": "查看号源", "schedules.read": "查看排班", "schedules.keep": "维护排班", "hospitals.read": "查看医院",
    "hospitals.keep": "维护医院", "rooms.read": "查看诊间", "rooms.show_code": "显示诊间报到码", "rooms.keep": "维护诊间",
    "reconciliations.order": "发起对账", "divergences.read": "查看对账差异", "divergences.settle": "处理对账差异",
    "appointments.book_for": "在小屋代居民预约", "breaches.read": "查看失约记录", "breaches.appeal": "申诉失约记录",
    "breaches.decide": "处理失约申诉", "policies.read": "查看预约规则", "policies.keep": "制定预约规则",
    "health.book": "预约问诊", "online_care.read": "查看视频问诊规则", "online_care.keep": "登记医生执业和诊疗场所",
    "contracts.ask": "申请家庭医生签约", "contracts.offer": "发起家庭医生签约", "contracts.answer": "确认或谢绝签约",
    "contracts.end": "解除签约", "contracts.serve": "登记签约服务", "contracts.read": "查看签约",
    "packages.read": "查看签约服务包", "packages.keep": "制定签约服务包",
    "evidence.record": "登记诊断凭证", "evidence.read": "查看诊断凭证",
    "entitlements.keep": "认定优先资格", "entitlements.read": "查看优先资格",
    "appointments.read": "查看预约", "appointments.cancel": "取消预约", "appointments.check_in": "预约报到",
    "appointments.see": "叫号和接诊", "appointments.move": "改约",
    "visits.attend": "参加视频问诊", "visit_notes.write": "书写诊疗小结", "visit_notes.read": "查看诊疗小结",
    "holds.use": "使用占号",
    "fhir.read": "医院系统查询", "fhir.book": "医院系统预约",
    "fhir.offer": "医院系统维护号源", "fhir.register": "医院系统维护本院资料",
    "fhir.subscribe": "医院系统订阅", "notices.read": "查看通知",
    "notices.mark": "标记通知已读", "notices.check": "查看他人代办的告知", "live.listen": "接收实时提醒",
}
RULES: dict[str, dict[str, dict[str, Any]]] = json.loads(Path(__file__).with_name("rights.json").read_text())


class Named(Protocol):
    """Whom a rule names."""

    @property
    def roles(self) -> frozenset[Role]: ...
    @property
    def owner(self) -> bool: ...
    @property
    def neighbours(self) -> bool: ...
    @property
    def anyone(self) -> bool: ...


def whose(rule: Named) -> str:
    """Whom a rule lets, in the order of the list of roles: `网格员、社区干部、本人`."""
    told = [word for role, word in ROLES.items() if role in rule.roles]
    told += ["本人"] * rule.owner + ["住在此处的居民"] * rule.neighbours + ["凡登录者"] * rule.anyone
    return "、".join(told) or "任何人都不能"


def not_theirs(act: str, rule: Named) -> str:
    """To somebody who sees a thing and may not do this to it: what the act is called, and who may."""
    return f"您在该区域的职责不包含“{ACTS.get(act, act)}”；可办理的是：{whose(rule)}"
