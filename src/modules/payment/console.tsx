// Payments: the list, one of them, and what can be decided about it.
import { Act } from "console/act";
import { path } from "console/api";
import { List } from "console/list";
import { catalogue, fill, t, term, count } from "console/language";
import { useGet } from "console/load";
import { money, type Page } from "console/page";
import { periods, usePlans } from "console/plans";
import { href } from "console/route";
import { Card, Fields, MemberLink, Money, PaymentLink, Rows, Shown, State, When } from "console/show";
import type { Payment } from "console/types";

const w = catalogue({
    en: {
        id: "Payment", unsettled: "{n} to settle", refunds: "Refunds", disputes: "Disputes", asked: "Refunds asked for", why: "Why not",
        settle: "Settle", dismiss: "Put aside", refund: "Refund", telegram_id: "Member", whole: "the whole amount",
        events: "What came in", part: "empty: the whole amount",
        tell_settle: "{telegram_id} gets {plan} for {period} for this payment and is told so.",
        tell_dismiss: "The payment stays on record and is not asked about any more. Nobody gets anything for it.",
        tell_refund: "{gateway} is told to give back {amount} of {payment}. What was bought with it is taken back as its plan says.",
    },
    "zh-Hans": {
        id: "付款", unsettled: "{n} 笔待处理", refunds: "退款", disputes: "争议", asked: "已申请的退款", why: "未开通原因",
        settle: "处理", dismiss: "搁置", refund: "退款", telegram_id: "会员", whole: "全额",
        events: "收到的记录", part: "不填为全额",
        tell_settle: "{telegram_id} 将因这笔付款获得 {plan}，时长 {period}，并收到通知。",
        tell_dismiss: "付款保留在记录中，不再提醒。没有人会因此获得任何东西。",
        tell_refund: "将通知 {gateway} 退还 {payment} 的 {amount}。用它购买的内容按套餐规则收回。",
    },
    "zh-Hant": {
        id: "付款", unsettled: "{n} 筆待處理", refunds: "退款", disputes: "爭議", asked: "已申請的退款", why: "未開通原因",
        settle: "處理", dismiss: "擱置", refund: "退款", telegram_id: "會員", whole: "全額",
        events: "收到的記錄", part: "不填為全額",
        tell_settle: "{telegram_id} 將因這筆付款獲得 {plan}，時長 {period}，並收到通知。",
        tell_dismiss: "付款保留在記錄中，不再提醒。沒有人會因此獲得任何東西。",
        tell_refund: "將通知 {gateway} 退還 {payment} 的 {amount}。用它購買的內容按方案規則收回。",
    },
});

const states = ["granted", "unsettled", "taken_back", "recorded", "dismissed"];

function Payments() {
    return (
        <List<Payment> what="payments" page="/payments"
            note={(answer) => Number(answer.unsettled) > 0 &&
                <p><a href={href("/payments", { state: "unsettled" })}>{fill(w("unsettled"), { n: count(Number(answer.unsettled)) })}</a></p>}
            filters={[
                { name: "state", label: t("state"), options: states }, { name: "member", label: t("member"), type: "search" },
                { name: "gateway", label: t("gateway") }, { name: "since", label: t("since"), type: "date" },
            ]}
            columns={[
                { head: w("id"), cell: (row) => <PaymentLink gateway={row.gateway} id={row.payment_id} /> },
                { head: t("gateway"), cell: (row) => row.gateway },
                { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> },
                { head: t("plan"), cell: (row) => row.plan ?? "–" },
                { head: t("amount"), cell: (row) => <Money {...row} />, figure: true },
                { head: t("state"), cell: (row) => <State of={row.state} /> },
                { head: t("at"), cell: (row) => <When at={row.at} /> },
            ]} />
    );
}

interface Document {
    payments: Payment[];
    refunds: { id?: string; state?: string; amount?: string; currency?: string; at?: string }[];
    disputes: { id?: string; state?: string; at?: string }[];
    refund_requests: { state?: string; amount?: string; currency?: string; reason?: string; at?: string }[];
}

function PaymentPage({ values }: { values: Record<string, string> }) {
    const loaded = useGet<Document>(path("payments", values.gateway, values.id));
    return (
        <Shown of={loaded}>{(data) => (
            <>
                <Acts payment={data.payments[0]} />
                {data.payments.map((row) => (
                    <Card key={row.kind} title={term(row.kind)} acts={<State of={row.state} />}><Fields rows={[
                        [t("gateway"), row.gateway], [t("payment"), row.payment_id], [t("amount"), <Money {...row} />],
                        [t("member"), row.telegram_id ? <MemberLink id={row.telegram_id} /> : null], [t("plan"), row.plan],
                        [t("order"), row.order_id ? <a href={href(`/orders/${row.order_id}`)}>{row.order_id}</a> : null],
                        [w("why"), row.reason && term(row.reason)], [t("at"), <When at={row.at} />],
                    ]} /></Card>
                ))}
                <div class="grid">
                    {data.refunds.length > 0 && <Card title={w("refunds")}><Rows of={data.refunds} columns={[
                        { head: "id", cell: (row) => row.id }, { head: t("state"), cell: (row) => <State of={row.state} /> },
                        { head: t("amount"), cell: (row) => <Money {...row} /> },
                    ]} /></Card>}
                    {data.disputes.length > 0 && <Card title={w("disputes")}><Rows of={data.disputes} columns={[
                        { head: "id", cell: (row) => row.id }, { head: t("state"), cell: (row) => <State of={row.state} /> },
                    ]} /></Card>}
                    {data.refund_requests.length > 0 && <Card title={w("asked")}><Rows of={data.refund_requests} columns={[
                        { head: t("amount"), cell: (row) => row.amount ? <Money {...row} /> : w("whole") },
                        { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: t("reason"), cell: (row) => row.reason ?? "–" },
                    ]} /></Card>}
                </div>
            </>
        )}</Shown>
    );
}

function Acts({ payment }: { payment: Payment | undefined }) {
    const { names } = usePlans();
    if (!payment) return null;
    const where = (verb: string) => path("payments", payment.gateway, payment.payment_id, verb);
    const open = payment.state === "unsettled";
    return (
        <p class="acts">
            {open && <Act label={w("settle")} path={where("settle")} fields={[
                { name: "telegram_id", label: w("telegram_id"), type: "number", value: String(payment.telegram_id ?? "") },
                { name: "plan", label: t("plan"), options: names, plain: true, value: payment.plan },
                { name: "period", label: t("period"), suggest: periods, value: "1 month" },
            ]} tell={(values) => fill(w("tell_settle"), values)} />}
            {open && <Act label={w("dismiss")} path={where("dismiss")} tell={() => w("tell_dismiss")} />}
            <Act grave label={w("refund")} path={where("refund")}
                fields={[{ name: "amount", label: t("amount"), type: "amount", optional: true, hint: w("part") }]}
                tell={(values) => fill(w("tell_refund"), {
                    gateway: payment.gateway, payment: payment.payment_id,
                    amount: values.amount ? `${values.amount} ${payment.currency ?? ""}` : w("whole"),
                })} />
        </p>
    );
}

export const pages: Page[] = [
    { path: "/payments", title: { en: "Payments", "zh-Hans": "付款", "zh-Hant": "付款" }, menu: 20, key: "p", roles: money, view: Payments },
    { path: "/payments/:gateway/:id", title: { en: "Payment", "zh-Hans": "付款", "zh-Hant": "付款" }, view: PaymentPage },
];
