// Members: a search, filters, pages.
import { List } from "console/list";
import { catalogue, t, count } from "console/language";
import type { Page } from "console/page";
import { usePlans } from "console/plans";
import { MemberLink, State, When } from "console/show";
import type { Member } from "console/types";

const w = catalogue({
    en: { q: "Name or Telegram id", before: "Ends before", has: "Plans", paid: "Payments", known: "Known since", id: "Telegram id" },
    "zh-Hans": { q: "名字或 Telegram id", before: "早于此日到期", has: "套餐", paid: "付款数", known: "首次出现", id: "Telegram id" },
    "zh-Hant": { q: "名字或 Telegram id", before: "早於此日到期", has: "方案", paid: "付款數", known: "首次出現", id: "Telegram id" },
});

const statuses = ["trial", "active", "cancelling", "past_due", "grace", "paused", "lapsed", "revoked", "ended"];

function Members() {
    const { names } = usePlans();
    return (
        <List<Member> what="members" page="/members"
            filters={[
                { name: "q", label: w("q"), type: "search" },
                { name: "plan", label: t("plan"), options: names },
                { name: "status", label: t("state"), options: statuses },
                { name: "expires_before", label: w("before"), type: "date" },
            ]}
            columns={[
                { head: w("id"), cell: (row) => <MemberLink id={row.telegram_id} /> },
                { head: t("name"), cell: (row) => row.name || <span class="soft">–</span> },
                {
                    head: w("has"), cell: (row) => row.entitlements.length === 0 ? <span class="soft">–</span> : (
                        <div>{row.entitlements.map((one) => (
                            <div key={one.plan}>{one.plan} <State of={one.status} /> {one.until && <small><When at={one.until} /></small>}</div>
                        ))}</div>
                    ),
                },
                { head: w("paid"), cell: (row) => count(row.payment_count ?? 0), figure: true },
                { head: w("known"), cell: (row) => <When at={row.known_since} /> },
            ]} />
    );
}

export const pages: Page[] = [
    { path: "/members", title: { en: "Members", "zh-Hans": "会员", "zh-Hant": "會員" }, menu: 10, key: "m", view: Members },
];
