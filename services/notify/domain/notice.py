"""A notice in somebody's inbox, and the words it is said in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from contracts.notify import NoticeAdded, ReminderSeen

TEMPLATES: dict[str, tuple[str, str]] = {
    "report-received": ("报事已提交", "您的报事 {number} 已提交，社区会尽快受理。"),
    "report-to-handle": ("有新的报事", "您负责的区域有新报事 {number}，请及时受理。"),
    "report-supported": ("邻居也遇到", "又有邻居遇到您的报事 {number} 所说的问题，目前共 {supporters} 位。"),
    "report-accepted": ("报事已受理", "您的报事 {number} 已受理。"),
    "report-assigned": ("报事已派单", "您的报事 {number} 已安排专人处理。"),
    "report-for-you": ("新的处置任务", "报事 {number} 已分派给您，请尽快处置。"),
    "report-reassigned": ("报事已改派", "报事 {number} 已改派他人处置，您无需继续。"),
    "report-reclassified": ("报事类别已调整", "您的报事 {number} 已调整类别，新的类别和原因请查看报事详情。"),
    "report-reclassified-in-hand": ("报事类别已调整", "由您处置的报事 {number} 已调整类别，办结时限可能随之改变，请查看。"),
    "report-started": ("报事处置中", "您的报事 {number} 正在处置。"),
    "report-resolved": ("报事已办结", "您的报事 {number} 已办结，请查看处置照片并评价。"),
    "report-closed": ("报事已归档", "您的报事 {number} 已归档，感谢您的参与。"),
    "report-resolved-too": ("您反映的问题已办结", "您也反映过的问题（报事 {number}）已办结，请评价；如仍未解决，请重新报事。"),
    "report-rated-too": ("您反映的问题已评价", "您也反映过的问题（报事 {number}）已由报事人评价。"),
    "report-closed-too": ("您反映的问题已归档", "您也反映过的问题（报事 {number}）已归档，感谢您的参与。"),
    "report-merged": ("报事已并案", "您的报事 {number} 与报事 {master} 是同一问题，已并案处理，进展会同步告知您。"),
    "report-merged-too": ("报事已并案", "您也遇到的问题（报事 {number}）已并入报事 {master} 处理，进展会同步告知您。"),
    "report-unmerged": ("报事已拆分", "您的报事 {number} 已从并案中拆分，单独处理。"),
    "report-unmerged-too": ("报事已拆分", "您也遇到的问题（报事 {number}）已从并案中拆分，单独处理。"),
    "report-reopened": ("报事要求重办", "报事 {number} 居民要求重办，请重新受理。"),
    "report-declined": ("报事不予受理", "您的报事 {number} 不予受理，请查看原因和去向；如有异议，可申诉一次。"),
    "report-questioned": ("请补充报事信息", "处置人员需要您补充报事 {number} 的信息，请在 {until} 前回复。"),
    "report-suspended": ("报事暂缓处置", "您的报事 {number} 暂缓处置，预计 {until} 恢复，原因请查看报事详情。"),
    "report-resumed": ("报事恢复处置", "您的报事 {number} 已恢复处置。"),
    "report-escalated": ("报事已提级", "您的报事 {number} 已提交上一级处理。"),
    "report-handed-up": ("报事提级到您处", "报事 {number} 已提级到您处，请及时处理。"),
    "report-returned": ("报事退单", "报事 {number} 被退回，待重新派单。"),
    "report-withdrawn": ("报事已撤回", "报事 {number} 已由居民撤回，无需继续处置。"),
    "part-abandoned": ("子报事已撤销", "子报事 {number} 已撤销，无需继续处置。"),
    "report-noted": ("报事有新留言", "工作人员在您的报事 {number} 下写了留言，请查看。"),
    "hotspot-grown": ("多人反映", "报事 {number} 已有 {people} 位居民反映，请优先处置。"),
    "report-grave": ("紧急报事", "报事 {number} 的紧急程度为“{severity}”，请立即处置。"),
    "followed-submitted": ("您关注的地点有新报事", "您关注的地点有邻居提交了报事 {number}；您也遇到，可点“我也遇到”。"),
    "followed-resolved": ("您关注的报事已办结", "您关注的地点，报事 {number} 已办结；如仍有问题，请重新报事。"),
    "cure-begun": ("由您负责的治理事项", "同一地点的问题再次出现，已确定由您负责根治，将于 {review_on} 复查。"),
    "cure-due": ("治理事项今日复查", "由您负责的治理事项应于 {review_on} 复查，请复查后填写结果。"),
    "cure-overdue": ("治理事项逾期未结", "一项治理事项应于 {review_on} 复查，已逾期一周，请跟进。"),
    "cure-handed-on": ("治理事项已转交", "原由您负责的治理事项已改由他人负责，您无需继续。"),
    "clock-warned": ("报事时限提醒", "报事 {number} 须在 {due} 前{awaited}，请抓紧。"),
    "clock-missed": ("报事已超时", "报事 {number} 未在 {due} 前{awaited}，已超过时限。"),
    "whistle-blown": ("吹哨：请到场报到", "报事 {number} 需要您所在单位协助，请在 {due} 前到场报到。"),
    "unit-arrived": ("吹哨单位已报到", "报事 {number}：{unit}已到场报到。"),
    "unit-arrived-late": ("吹哨单位迟到报到", "报事 {number}：{unit}已到场报到，晚于要求的时间。"),
    "unit-contributed": ("协办情况已填写", "报事 {number}：{unit}已填写协办情况，请查看。"),
    "unit-overdue": ("吹哨单位逾期未到", "报事 {number}：{unit}未在 {due} 前到场报到，请跟进。"),
    "photo-rejected": ("照片无法使用", "报事 {number} 中有一张照片无法识别，请重新拍摄上传。"),
    "recording-rejected": ("录音录像无法使用", "报事 {number} 中有一段录音或录像无法使用，请重新录制上传。"),
    "report-held": ("报事内容待复核", "您的报事 {number} 的内容需要人工复核，复核前不对外展示，办理不受影响。"),
    "report-to-look-at": ("报事内容待复核", "报事 {number} 的内容未通过检查，请查看后处理。"),
    "report-released": ("报事内容已复核", "您的报事 {number} 的内容已经人工复核通过。"),
    "check-waiting": ("报事内容久未复核", "报事 {number} 的内容已等待复核 {hours} 小时，请尽快查看。"),
    "hook-gone": ("推送已结束", "您辖区的一个报事推送地址已声明不再接收，推送已结束。如仍需推送，请重新登记。"),
    "hook-silenced": ("推送已停止", "您辖区的一个报事推送地址已连续 24 小时不能送达，推送已停止。修复后请在设置中恢复。"),
    "photo-published": ("照片已公开", "报事 {number} 的一张照片遮挡人脸、车牌后已公开；如不同意，可在报事详情中撤回。"),
    "subscription-silenced": ("医院推送已停止", "一家合作医院的系统已连续 24 小时收不到推送，推送已停止，请联系医院重新订阅。"),
    "appointment-cancelled": ("预约已取消", "您 {starts_at} 的家庭医生问诊已取消。"),
    "appointment-cancelled-there": ("预约已取消", "您 {starts_at} 的医院预约已取消。"),
    "appointment-cancelled-by-hospital": ("预约被医院取消", "医院取消了您 {starts_at} 的预约，请重新预约，或联系健康小屋协助。"),
    "appointment-moved-by-hospital": ("就诊时间已调整", "医院把您的预约调整到 {starts_at}，请按时前往医院；不能前往请尽早取消。"),
    "appointment-rescheduled": ("改约成功", "您的家庭医生问诊已改到 {starts_at}，请按时就诊，地点和方式见预约详情。"),
    "factor-added": ("新增登录方式", "您的账号新增了登录方式：{factor}。如非本人操作，请立即移除它，并联系社区。"),
    "factor-removed": ("移除登录方式", "您的账号移除了登录方式：{factor}。如非本人操作，请立即联系社区。"),
    "factor-taken-away": ("第二步验证已重置", "您的第二步验证已由管理员移除，并已在所有设备上退出。如非本人申请请联系社区。"),
    "factor-misused": ("通行密钥使用异常", "您的一把通行密钥使用次数异常，可能已被复制，该次登录已拒绝。请移除后重新登记。"),
    "person-signed-out": ("已在所有设备上退出", "管理员已让您的账号在所有设备上退出，原因：{why}。如有疑问请联系社区。"),
    "cover-arranged": ("代班安排", "已安排代班：{starts_at} 至 {ends_at}，到期自动结束。"),
    "emergency-begun": ("紧急授权", "您辖区有人因{why}取得紧急授权，至 {ends_at} 止。请关注，结束后请复核。"),
    "emergency-to-review": ("紧急授权待复核", "您辖区一次因{why}的紧急授权已结束，请复核其间的操作。"),
    "emergency-concerned": ("紧急处置告知", "{began_at} 起，工作人员因{why}以紧急授权处理过您的事项，管理员将复核。"),
    "emergency-reviewed": ("紧急授权已复核", "您的紧急授权已由其他管理员复核：{finding}。"),
    "phone-given": ("手机号已登记", "社区工作人员已为您的账号登记手机号，今后可用短信验证码登录。如非本人同意，请立即联系社区。"),
    "phone-shared": ("手机号共用", "您登录用的手机号，社区已登记为由另一位居民共用。如您或机主没有同意，请立即联系社区。"),
    "phone-let-go": ("手机号已解除", "您原来的手机号长期未用，现属他人，已与账号解除。您的资料不变，请到社区登记新的手机号。"),
    "appointment-rejected": ("预约未成功", "医院未能接受您 {starts_at} 的预约，号已退回，请重新选择其他时间。"),
    "appointment-unanswered": ("医院确认中", "您 {starts_at} 的预约正在等待医院确认，号已为您保留，有结果会通知您。"),
    "appointment-called-off": ("停诊通知", "您 {starts_at} 的预约因{why}停诊，已取消。如有其他号源，会为您预留并另行通知。"),
    "seat-offered": ("为您预留了号", "已为您预留 {starts_at} 的号，请在 {until} 前确认，逾期将释放给其他居民。"),
    "seat-came-free": ("有号空出", "您候补的 {starts_at} 有号空出，请在 {until} 前确认，逾期将让给下一位。"),
    "breach-counted": ("失约记录", "您 {starts_at} 的预约{cause}，记 {points} 分。如有异议，可在应用中申诉一次。"),
    "breach-appealed": ("失约申诉待处理", "您辖区有居民对一条失约记录提出申诉，请核实后处理。"),
    "breach-decided": ("失约申诉已处理", "您对失约记录的申诉已处理：{finding}。"),
    "sanction-begun": ("暂停自助预约", "因失约累计，您在 {until} 前不能自助预约，可到健康小屋预约；如有异议，可申诉失约记录。"),
    "sanction-lifted": ("恢复自助预约", "您的自助预约已恢复。"),
    "appointment-called": ("请就诊", "请前往诊间：您 {starts_at} 的预约已叫号。"),
    "appointment-missed": ("未到诊", "您 {starts_at} 的预约没有报到，记录为未到诊；如有误，请联系健康小屋。"),
    "appointment-reminded-day": ("就诊提醒", "您 {starts_at} 有预约，请按时就诊。请点“已读”确认；不能来请尽早取消。"),
    "appointment-reminded-hour": ("就诊即将开始", "您预约的就诊将于 {starts_at} 开始，现在可以报到。请点“已读”确认。"),
    "appointment-kept": ("取消未成功", "医院未同意取消您 {starts_at} 的预约，预约仍然有效；如不能前往，请联系健康小屋。"),
    "appointment-displaced": ("预约已失效", "医院未能保留您 {starts_at} 的预约，请重新预约，或联系健康小屋协助。"),
    "binding-proposed": ("请确认住户登记", "您被登记为一处房屋的住户，请在 {until} 前确认；如非您本人，请选择“不是我”。"),
    "binding-begun": ("住户登记已生效", "您的住户登记已生效。如非您本人，七日内可在应用中选择“不是我”。"),
    "binding-ended": ("住户登记已结束", "您的一处住户登记已结束。如有疑问，请联系社区。"),
    "binding-corrected": ("住户登记有变动", "您的一处住户登记的关系或起止日期有变动，请查看；如有误，请联系社区。"),
    "binding-denied": ("住户登记被本人否认", "您辖区一处住户登记被本人否认，登记已结束，请核实登记经过。"),
    "invitation-accepted": ("入住邀请已被接受", "您的入住邀请已被接受，对方的登记已生效。如非您本意，请结束该入住，或联系社区。"),
    "fact-added": ("身份核验已登记", "您的身份核验已登记：{fact}。如非本人办理，请立即联系社区。"),
    "fact-revoked": ("身份核验已撤销", "您的身份核验已由社区撤销：{fact}。如有疑问，请联系社区。"),
    "fact-over": ("身份核验已到期", "您的身份核验已到期：{fact}。如仍需要，请携带证件到社区重新办理。"),
    "duplicate-found": ("疑似重复人员", "同一证件号码对应两位已登记的人员，可能是同一人，请在疑似重复人员中核对。"),
    "people-merged": ("两个账号已合并", "您的两个登记经社区核对已合并，请重新登录。如并非同一人，请在 {until} 前联系社区恢复。"),
    "people-split": ("账号已恢复", "此前合并的两个登记已恢复为两个，合并后新增的内容留在保留的账号中。如有疑问，请联系社区。"),
    "erasure-asked": ("注销申请已收到", "您申请注销账号，七日内登录即可撤回。如非本人操作，请立即撤回，并联系社区。"),
    "export-asked": ("个人信息副本申请", "您申请了个人信息副本，三日内可取一次。如非本人操作，请退出所有设备，并联系社区。"),
    "device-added": ("新设备登录", "您的账号在另一种设备上登录了：{device}。如非本人操作，请立即修改密码，并退出所有设备。"),
    "proxy-given": ("代办授权已生效", "您已授权他人代您办理事项，可随时在应用中结束。如非您本意，请立即结束并联系社区。"),
    "proxy-given-too": ("您可以代办", "有人授权您代为办理事项，您的每次办理都会告知对方。如不愿代办，可随时结束。"),
    "proxy-ending": ("代办授权即将到期", "您授权他人的代办将在一个月内到期，如需继续请重新授权。"),
    "proxy-ending-too": ("代办授权即将到期", "您代他人办理事项的授权将在一个月内到期；监护人代办至被监护人满十四周岁止。"),
    "proxy-ended": ("代办授权已结束", "您授权他人的代办已结束，对方不能再代您办理。"),
    "proxy-ended-too": ("代办授权已结束", "您代他人办理事项的授权已结束。"),
    "proxy-over": ("代办授权已到期", "您授权他人的代办已到期，对方不能再代您办理。"),
    "proxy-over-too": ("代办授权已到期", "您代他人办理事项的授权已到期。"),
    "done-for-you": ("他人已代您办理", "您的代办人已代您办理：{act}。如非您本意，请结束该代办授权，或联系社区。"),
    "contract-asked": ("家庭医生签约申请", "有居民申请与您的团队签约，请在签约管理中确认或谢绝。"),
    "contract-offered": ("家庭医生签约邀请", "家庭医生团队邀请您签约，经您本人确认后生效；如不需要，请选择不签。"),
    "contract-signed": ("家庭医生签约成功", "您与家庭医生团队的签约自 {starts_at} 起生效，至 {ends_at} 止。"),
    "contract-renewed": ("家庭医生续签成功", "您的下一期家庭医生签约自 {starts_at} 起生效，至 {ends_at} 止。"),
    "contract-declined": ("签约未成", "家庭医生团队未能与您签约，可选择其他团队，或联系健康小屋。"),
    "contract-ended": ("家庭医生签约已解除", "您与家庭医生团队的签约已解除，原因：{why}。如有疑问，请联系健康小屋。"),
    "contract-ending": ("家庭医生签约即将到期", "您的家庭医生签约将于 {ends_at} 到期，如需继续请续签，也可更换团队。"),
    "contract-served": ("家庭医生服务已登记", "家庭医生团队为您登记了一次{item}。如您没有接受该服务，请联系健康小屋。"),
    "appointment-booked": ("预约成功", "您已预约 {starts_at} 的家庭医生问诊，请按时就诊，地点和方式见预约详情。"),
    "appointment-booked-there": ("预约成功", "您 {starts_at} 的预约已成功，医院已确认，请按时前往医院就诊。"),
}

REMINDERS = frozenset({"appointment-reminded-day", "appointment-reminded-hour"})
CAUSES = {"missed": "未到诊", "late": "逾期取消"}
APPEALS = {
    "was_there": "经核实已到，已撤销", "excused": "有正当理由，已撤销", "our_fault": "平台或小屋原因，已撤销",
    "stands": "失约属实，维持记录",
}
FACTORS = {"passkey": "通行密钥", "authenticator": "身份验证器（动态验证码）", "wechat": "微信账号", "all": "全部第二步验证"}
FACTS = {"real-name": "线上实名核验", "in-person": "当面核验", "guardian-of": "监护关系"}
ENDINGS = {"moved": "迁出", "changes": "更换团队", "unsatisfied": "对服务不满意", "deceased": "去世", "team_ends": "团队撤销",
           "other": "其他"}
SERVICES = {"follow_up": "随访", "check_up": "健康体检", "home_visit": "上门服务", "advice": "健康指导"}
REASONS = {"illness": "医生身体原因", "emergency": "医生执行急诊任务", "equipment": "设备故障", "other": "临时安排"}
HEARD_AT = frozenset({1, 3, 10, 30, 100, 300, 1000})  # supporters of a report at which its reporter is told
GRAVE = {"severe": "重大", "extreme": "特别重大"}  # of what is so grave the office hears at once
GRAVEST = "extreme"  # what was so is not said again as it grows less
DEVICES = {"wechat": "微信", "android": "安卓手机或平板", "apple": "苹果手机或平板", "windows": "Windows 电脑", "mac": "苹果电脑",
           "linux": "Linux 电脑", "other": "其他设备"}
SIGNED_OUT = {"lost-device": "设备丢失", "stolen": "账号被盗", "suspicious": "登录异常", "left": "离岗"}
EMERGENCIES = {
    "life-safety": "生命安全", "fire": "火情", "missing-person": "人员走失", "gate-failure": "门岗故障", "outage": "停水停电停气",
}
FINDINGS = {"justified": "使用得当", "unjustified": "使用不当"}
ACTS = {  # what a proxy does for somebody, by the event it becomes
    "reports.report_submitted.v1": "提交报事", "reports.report_resumed.v1": "补充报事信息",
    "reports.report_withdrawn.v1": "撤回报事", "reports.report_rated.v1": "评价报事",
    "reports.report_reopened.v1": "要求重办报事",
    "health.appointment_booked.v1": "预约就诊", "health.appointment_submitted.v1": "预约就诊（待医院确认）",
    "health.appointment_cancelled.v1": "取消预约", "health.appointment_withdrawn.v1": "取消预约（待医院确认）",
    "health.appointment_rescheduled.v1": "更改预约", "health.contract_asked.v1": "申请家庭医生签约",
    "health.contract_signed.v1": "确认家庭医生签约", "health.contract_declined.v1": "谢绝或撤回家庭医生签约",
}
AWAITED = {"respond": "受理", "contact": "首次联系居民", "resolve": "办结"}  # what each clock of a report waits for


@dataclass(eq=False)
class Notice:
    """What one person is told of one event; facts only, the words come from the template."""

    id: UUID
    person_id: UUID
    area: str
    template: str
    facts: dict[str, str]
    subject: str
    event_id: UUID
    created_at: datetime
    history: bool = False
    read_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        """A notice belongs to whom it tells."""
        return self.person_id

    @property
    def title(self) -> str:
        return TEMPLATES[self.template][0]

    @property
    def text(self) -> str:
        return TEMPLATES[self.template][1].format(**self.facts)

    def added(self) -> NoticeAdded:
        return NoticeAdded(area=self.area, recipients=(self.person_id,), notice_id=self.id, template=self.template)

    def read(self, *, at: datetime) -> ReminderSeen | None:
        """Seen by its person; seeing it again changes nothing. That a reminder was seen is told."""
        first, self.read_at = self.read_at is None, self.read_at or at
        if not first or self.template not in REMINDERS:
            return None
        return ReminderSeen(area=self.area, notice_id=self.id, appointment_id=UUID(self.subject.rpartition("/")[2]))


def notice_id(event_id: UUID, person: UUID, template: str) -> UUID:
    """One event tells one person one thing once, whatever is redelivered."""
    return uuid5(event_id, f"{person}/{template}")
