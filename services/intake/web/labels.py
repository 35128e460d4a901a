"""The words for codes on intake's screens; Chinese is the catalogue's key."""

from services.ui.i18n import N_

STATUSES = {
    "new": (N_("待受理"), "warn"),
    "accepted": (N_("已受理"), "info"),
    "linked": (N_("已受理"), "info"),
    "answered": (N_("当场办结"), "good"),
    "rejected": (N_("不予受理"), "plain"),
    "redirected": (N_("告知其他渠道"), "plain"),
    "withdrawn": (N_("诉求人撤回"), "plain"),
}
STEPS = {
    "opened": (N_("待交办"), "warn"),
    "sent-back": (N_("待补充"), "bad"),
    "issued": (N_("待签收"), "warn"),
    "handling": (N_("办理中"), "info"),
    "returned": (N_("退单待审"), "bad"),
    "suspended": (N_("挂账"), "plain"),
    "completed": (N_("已办结"), "good"),
    "struck-off": (N_("已销号"), "good"),
    "reopened": (N_("重办"), "warn"),
    "verifying": (N_("核实中"), "info"),
    "merged": (N_("已并案"), "plain"),
    "split": (N_("已拆分"), "plain"),
    "closed-unhandled": (N_("不再办理"), "plain"),
}
REJECT_REASONS = {
    "legal-channel": N_("应走诉讼、仲裁、复议"),
    "not-ours": N_("不属于本区管辖"),
    "duplicate": N_("重复反映，已在办理"),
    "no-facts": N_("没有具体事实"),
    "other": N_("其他"),
}
REDIRECT_REASONS = {
    "emergency": N_("紧急警情、火情、急救"),
    "legal-channel": N_("应走诉讼、仲裁、复议"),
    "discipline": N_("纪检监察举报"),
    "petition": N_("信访事项"),
    "other": N_("其他"),
}
SUBJECT_KINDS = {
    "household": (N_("家庭"), "home"),
    "enterprise": (N_("企业"), "building-factory-2"),
    "village": (N_("村"), "building-community"),
    "community": (N_("社区"), "building-community"),
    "unit": (N_("单位"), "building"),
}
URGENCY_HINTS = {"good": N_("一般"), "real": N_("较急"), "hard": N_("跨部门")}
EVENTS = {
    "request-registered": (N_("登记"), "clipboard-list", "info"),
    "request-accepted": (N_("受理"), "check", "good"),
    "request-answered-on-spot": (N_("当场办结"), "circle-check", "good"),
    "request-rejected": (N_("不予受理"), "x", "warn"),
    "request-redirected": (N_("告知其他渠道"), "arrow-right", "warn"),
    "request-withdrawn": (N_("诉求人撤回"), "x", "plain"),
    "request-supplemented": (N_("补充情况"), "plus", "info"),
    "request-linked": (N_("立案"), "link", "plain"),
    "personal-data-erased": (N_("删除个人信息"), "trash", "bad"),
}
