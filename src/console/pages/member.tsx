// One member: what they have, how it came about, and what can be done for them.
import { Act } from "console/act";
import { path } from "console/api";
import { catalogue, fill, t, term, count } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { periods, usePlans } from "console/plans";
import { href } from "console/route";
import { Card, Fields, Money, PaymentLink, Rows, Shown, State, When } from "console/show";
import type { Delivery, Member } from "console/types";

const w = catalogue({
    en: {
        who: "Who", known: "Known since", language: "Language", reachable: "Reads the bot", banned: "Banned", has: "Plans", groups: "Groups",
        orders: "Orders", payments: "Payments", deliveries: "Messages and links", story: "The whole story", subscriptions: "Subscriptions",
        credit: "Credit", points: "Points", tickets: "Tickets", place: "Place", entitled: "Entitled", what: "What", result: "Result",
        grant: "Grant", extend: "Extend", revoke: "Revoke", ban: "Ban", unban: "Unban", days: "Days",
        tell_grant: "{id} gets {plan} for {period}, is let into its groups and told so.",
        tell_extend: "{plan} of {id} goes on for {days} days more.",
        tell_revoke: "{plan} of {id} ends now. They are removed from groups that no other plan of theirs opens.",
        tell_ban: "{id} is removed from all groups and let into none. Their plans stay as they are.",
        tell_unban: "{id} may come in again where their plans let them.", next_charge: "Next charge",
    },
    "zh-Hans": {
        who: "资料", known: "首次出现", language: "语言", reachable: "可收到机器人消息", banned: "已封禁", has: "套餐", groups: "群组",
        orders: "订单", payments: "付款", deliveries: "消息与链接", story: "全部经过", subscriptions: "订阅",
        credit: "余额", points: "积分", tickets: "工单", place: "位置", entitled: "有资格", what: "事件", result: "结果",
        grant: "开通", extend: "延长", revoke: "撤销", ban: "封禁", unban: "解封", days: "天数",
        tell_grant: "{id} 将获得 {plan}，时长 {period}，可进入对应群组并收到通知。",
        tell_extend: "{id} 的 {plan} 将延长 {days} 天。",
        tell_revoke: "{id} 的 {plan} 立即结束，并从其他套餐未包含的群组中移出。",
        tell_ban: "{id} 将被移出所有群组且不能再进入。其套餐保持不变。",
        tell_unban: "{id} 可再次进入其套餐允许的群组。", next_charge: "下次扣款",
    },
    "zh-Hant": {
        who: "資料", known: "首次出現", language: "語言", reachable: "可收到機器人訊息", banned: "已封禁", has: "方案", groups: "群組",
        orders: "訂單", payments: "付款", deliveries: "訊息與連結", story: "全部經過", subscriptions: "訂閱",
        credit: "餘額", points: "積分", tickets: "工單", place: "位置", entitled: "有資格", what: "事件", result: "結果",
        grant: "開通", extend: "延長", revoke: "撤銷", ban: "封禁", unban: "解封", days: "天數",
        tell_grant: "{id} 將獲得 {plan}，時長 {period}，可進入對應群組並收到通知。",
        tell_extend: "{id} 的 {plan} 將延長 {days} 天。",
        tell_revoke: "{id} 的 {plan} 立即結束，並從其他方案未包含的群組中移出。",
        tell_ban: "{id} 將被移出所有群組且不能再進入。其方案保持不變。",
        tell_unban: "{id} 可再次進入其方案允許的群組。", next_charge: "下次扣款",
    },
});

interface Why {
    steps: { at: string; what: string; result: string; text: string; ref: number }[];
}

function MemberPage({ values }: { values: Record<string, string> }) {
    const member = useGet<Member>(path("members", values.id));
    const why = useGet<Why>(path("members", values.id, "why"));
    return (
        <Shown of={member}>{(data) => (
            <>
                <Acts member={data} />
                <div class="grid">
                    <Card title={w("who")}><Fields rows={[
                        [t("name"), data.name], [w("known"), <When at={data.known_since} />], [w("language"), data.language],
                        [w("reachable"), data.reachable ? t("yes") : t("no")], [w("banned"), data.banned ? <State of="banned" /> : null],
                        [w("credit"), Object.entries(data.credit ?? {}).map(([currency, amount]) => `${amount} ${currency}`).join(", ")],
                        [w("points"), Object.entries(data.points ?? {}).map(([name, n]) => `${count(n)} ${name}`).join(", ")],
                    ]} /></Card>
                    <Card title={w("has")}><Rows of={data.entitlements} columns={[
                        { head: t("plan"), cell: (row) => row.plan }, { head: t("state"), cell: (row) => <State of={row.status} /> },
                        { head: t("until_head"), cell: (row) => <When at={row.until} /> },
                    ]} /></Card>
                    <Card title={w("groups")}><Rows of={data.groups ?? []} columns={[
                        { head: t("group"), cell: (row) => row.group }, { head: w("entitled"), cell: (row) => row.entitled ? t("yes") : t("no") },
                        { head: w("place"), cell: (row) => term(row.place) },
                    ]} /></Card>
                    {(data.subscriptions ?? []).length > 0 && <Card title={w("subscriptions")}><Rows of={data.subscriptions!} columns={[
                        { head: t("gateway"), cell: (row) => row.gateway }, { head: t("plan"), cell: (row) => row.plan },
                        { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: w("next_charge"), cell: (row) => <When at={row.next_charge} /> },
                    ]} /></Card>}
                    {(data.tickets ?? []).length > 0 && <Card title={w("tickets")}><Rows of={data.tickets!} columns={[
                        { head: w("tickets"), cell: (row) => <a href={href(`/tickets/${row.ticket_id}`)}>{row.ticket_id}</a> },
                        { head: t("kind"), cell: (row) => term(row.category) }, { head: t("state"), cell: (row) => <State of={row.state} /> },
                    ]} /></Card>}
                </div>
                <Bought member={data} />
                <Card wide title={w("story")}><Shown of={why}>{(story) => <Rows of={[...story.steps].reverse()} columns={[
                    { head: t("at"), cell: (row) => <When at={row.at} /> }, { head: w("what"), cell: (row) => term(row.what) },
                    { head: w("result"), cell: (row) => <State of={row.result} /> }, { head: t("text"), cell: (row) => row.text },
                ]} />}</Shown></Card>
            </>
        )}</Shown>
    );
}

function Bought({ member }: { member: Member }) {
    return (
        <>
            <Card wide title={w("payments")}><Rows of={member.payments ?? []} columns={[
                { head: t("payment"), cell: (row) => <PaymentLink gateway={row.gateway} id={row.payment_id} /> },
                { head: t("gateway"), cell: (row) => row.gateway }, { head: t("plan"), cell: (row) => row.plan },
                { head: t("amount"), cell: (row) => <Money {...row} />, figure: true },
                { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: t("at"), cell: (row) => <When at={row.at} /> },
            ]} /></Card>
            <Card wide title={w("orders")}><Rows of={member.orders ?? []} columns={[
                { head: t("order"), cell: (row) => <a href={href(`/orders/${row.order_id}`)}>{row.order_id}</a> },
                { head: t("plan"), cell: (row) => row.plan }, { head: t("amount"), cell: (row) => <Money {...row} />, figure: true },
                { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: t("created"), cell: (row) => <When at={row.created} /> },
            ]} /></Card>
            <Card wide title={w("deliveries")}><Rows<Delivery> of={member.deliveries ?? []} columns={[
                { head: "#", cell: (row) => row.id }, { head: t("kind"), cell: (row) => term(row.kind) },
                { head: t("group"), cell: (row) => row.group ?? "–" }, { head: t("state"), cell: (row) => <State of={row.state} /> },
                { head: t("created"), cell: (row) => <When at={row.created} /> }, { head: t("error"), cell: (row) => row.error ?? "–" },
            ]} /></Card>
        </>
    );
}

function Acts({ member }: { member: Member }) {
    const { names } = usePlans();
    const id = member.telegram_id;
    const held = member.entitlements.map((row) => row.plan);
    const plan = (options: string[]) => ({ name: "plan", label: t("plan"), options, plain: true, value: options.length === 1 ? options[0] : "" });
    return (
        <p class="acts">
            <Act label={w("grant")} path={path("members", id, "grant")}
                fields={[plan(names), { name: "period", label: t("period"), suggest: periods, value: "1 month" }]}
                tell={(values) => fill(w("tell_grant"), { ...values, id })} />
            {held.length > 0 && <Act label={w("extend")} path={path("members", id, "extend")}
                fields={[plan(held), { name: "days", label: w("days"), type: "number" }]}
                tell={(values) => fill(w("tell_extend"), { ...values, id })} />}
            {held.length > 0 && <Act grave label={w("revoke")} path={path("members", id, "revoke")} fields={[plan(held)]}
                tell={(values) => fill(w("tell_revoke"), { ...values, id })} />}
            {member.banned
                ? <Act label={w("unban")} method="DELETE" path={path("members", id, "ban")}
                    tell={() => fill(w("tell_unban"), { id })} />
                : <Act grave label={w("ban")} path={path("members", id, "ban")} tell={() => fill(w("tell_ban"), { id })} />}
        </p>
    );
}

export const pages: Page[] = [
    { path: "/members/:id", title: { en: "Member", "zh-Hans": "会员", "zh-Hant": "會員" }, view: MemberPage },
];
