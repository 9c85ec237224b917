// Codes: the list, a new one, the end of one.
import { Act, type Values } from "console/act";
import { path } from "console/api";
import { List } from "console/list";
import { catalogue, count, fill, t } from "console/language";
import type { Page } from "console/page";
import { usePlans } from "console/plans";
import { go, href } from "console/route";
import { Money, State, When } from "console/show";

const w = catalogue({
    en: {
        code: "Code", off: "Off", uses: "Uses", max_uses: "Uses at most", per_member: "Uses a member", ends: "Ends", make: "New code", end: "End it",
        percent: "Percent", for_plan: "For the plan", ends_hint: "A day, such as 2026-12-31; empty: never.", no_end: "without an end", any: "any plan",
        tell_make: "{code} takes {percent} % off, for {plan}, {ends}.", tell_end: "{code} is not taken any more. Orders that have it keep it.",
        plans: "Plans", until: "until {ends}",
    },
    "zh-Hans": {
        code: "优惠码", off: "优惠", uses: "已用", max_uses: "最多次数", per_member: "每人次数", ends: "结束", make: "新优惠码", end: "停用",
        percent: "百分比", for_plan: "适用套餐", ends_hint: "日期，如 2026-12-31；不填则不过期。", no_end: "不过期", any: "任何套餐",
        tell_make: "{code} 优惠 {percent}%，适用于 {plan}，{ends}。", tell_end: "{code} 不再可用，已用它的订单不受影响。",
        plans: "套餐", until: "到 {ends}",
    },
    "zh-Hant": {
        code: "優惠碼", off: "優惠", uses: "已用", max_uses: "最多次數", per_member: "每人次數", ends: "結束", make: "新優惠碼", end: "停用",
        percent: "百分比", for_plan: "適用方案", ends_hint: "日期，如 2026-12-31；不填則不過期。", no_end: "不過期", any: "任何方案",
        tell_make: "{code} 優惠 {percent}%，適用於 {plan}，{ends}。", tell_end: "{code} 不再可用，已用它的訂單不受影響。",
        plans: "方案", until: "到 {ends}",
    },
});

interface Coupon {
    code: string;
    percent?: number;
    amount?: string;
    currency?: string;
    max_uses: number;
    plans: string[];
    ends?: string;
    uses: number;
    reserved: number;
    state: string;
}

function body(values: Values): object {
    return {
        code: values.code.trim(), percent: Number(values.percent),
        ...(values.max_uses && { max_uses: Number(values.max_uses) }), ...(values.per_member && { per_member: Number(values.per_member) }),
        ...(values.plan && { plans: [values.plan] }), ...(values.ends && { ends: `${values.ends.trim()}T00:00:00Z` }),
        ...(values.reason && { reason: values.reason }),
    };
}

function Coupons() {
    const { names } = usePlans();
    const told = (values: Values) => fill(w("tell_make"), {
        ...values, plan: values.plan || w("any"), ends: values.ends ? fill(w("until"), values) : w("no_end"),
    });
    return (
        <>
            <p class="acts"><Act label={w("make")} path="coupons" reason="optional" body={body} fields={[
                { name: "code", label: w("code") }, { name: "percent", label: w("percent"), type: "number" },
                { name: "plan", label: w("for_plan"), options: names, plain: true, optional: true },
                { name: "max_uses", label: w("max_uses"), type: "number", optional: true },
                { name: "per_member", label: w("per_member"), type: "number", optional: true },
                { name: "ends", label: w("ends"), optional: true, hint: w("ends_hint") },
            ]} tell={told} done={() => go(href("/coupons"))} /></p>
            <List<Coupon> what="coupons" page="/coupons" columns={[
                { head: w("code"), cell: (row) => row.code },
                { head: w("off"), cell: (row) => row.percent ? `${row.percent} %` : <Money amount={row.amount} currency={row.currency} /> },
                { head: w("plans"), cell: (row) => row.plans.length === 0 ? w("any") : row.plans.join(", ") },
                { head: w("uses"), cell: (row) => row.max_uses > 0 ? `${count(row.uses)} / ${count(row.max_uses)}` : count(row.uses), figure: true },
                { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: w("ends"), cell: (row) => <When at={row.ends} /> },
                {
                    head: t("acts"), cell: (row) => row.state === "active" && <Act grave label={w("end")} method="DELETE" path={path("coupons", row.code)}
                        tell={() => fill(w("tell_end"), { code: row.code })} />,
                },
            ]} />
        </>
    );
}

export const pages: Page[] = [
    { path: "/coupons", title: { en: "Codes", "zh-Hans": "优惠码", "zh-Hant": "優惠碼" }, menu: 70, key: "c", view: Coupons },
];
