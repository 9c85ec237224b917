// Audit: who did what, and why.
import { List } from "console/list";
import { catalogue, t, term } from "console/language";
import type { Page } from "console/page";
import { MemberLink, When } from "console/show";

const w = catalogue({
    en: { who: "Who", what: "What", why: "Why", role: "Role", path: "Where", who_hint: "Who (staff:1001, key:NAME, token)", act: "Act" },
    "zh-Hans": { who: "谁", what: "做了什么", why: "原因", role: "角色", path: "路径", who_hint: "谁（staff:1001、key:NAME、token）", act: "操作" },
    "zh-Hant": { who: "誰", what: "做了什麼", why: "原因", role: "角色", path: "路徑", who_hint: "誰（staff:1001、key:NAME、token）", act: "操作" },
});

interface Act {
    sequence: number;
    at: string;
    who: string;
    role?: string;
    what: string;
    path: string;
    telegram_id?: number;
    reason?: string;
}

function Audit() {
    return (
        <List<Act> what="audit" page="/audit"
            filters={[
                { name: "who", label: w("who_hint") }, { name: "what", label: w("act") },
                { name: "member", label: t("member"), type: "search" }, { name: "since", label: t("since"), type: "date" },
            ]}
            columns={[
                { head: t("at"), cell: (row) => <When at={row.at} /> }, { head: w("who"), cell: (row) => row.who },
                { head: w("role"), cell: (row) => row.role ? term(row.role) : "–" }, { head: w("what"), cell: (row) => term(row.what) },
                { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> }, { head: w("why"), cell: (row) => row.reason ?? "–" },
                { head: w("path"), cell: (row) => <code>{row.path}</code> },
            ]} />
    );
}

export const pages: Page[] = [
    {
        path: "/audit", title: { en: "Audit", "zh-Hans": "操作记录", "zh-Hant": "操作記錄" }, menu: 80, key: "a",
        roles: ["owner", "finance"], view: Audit,
    },
];
