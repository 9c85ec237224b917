// The sale as it happens: payments and grants a second, what is queued, the last payments. Asks each two seconds while somebody looks.
import { useEffect, useRef, useState } from "preact/hooks";
import { count, catalogue, fill, t } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { href } from "console/route";
import { Card, MemberLink, Money, PaymentLink, Rows, Shown, State, When } from "console/show";
import type { Status } from "console/plans";
import type { Payment, PaymentList } from "console/types";

const w = catalogue({
    en: {
        payments: "Payments a second", grants: "Grants a second", queue: "Waits to go out", unsettled: "Payments to settle",
        members: "Members", dead: "Dead letters", last: "Last payments", two_minutes: "Payments a second, the last two minutes",
        held: "Removals are held: look at the queue", more: "{n} or more", to_queue: "To the queue", to_payments: "To the payments",
        seats: "Plans", taken: "Members", left: "Seats left",
    },
    "zh-Hans": {
        payments: "每秒付款", grants: "每秒开通", queue: "待发送", unsettled: "待处理付款",
        members: "会员", dead: "死信", last: "最近付款", two_minutes: "最近两分钟的每秒付款",
        held: "移除已扣留：请查看队列", more: "{n} 以上", to_queue: "查看队列", to_payments: "查看付款",
        seats: "套餐", taken: "会员", left: "剩余名额",
    },
    "zh-Hant": {
        payments: "每秒付款", grants: "每秒開通", queue: "待傳送", unsettled: "待處理付款",
        members: "會員", dead: "死信", last: "最近付款", two_minutes: "最近兩分鐘的每秒付款",
        held: "移除已扣留：請查看佇列", more: "{n} 以上", to_queue: "查看佇列", to_payments: "查看付款",
        seats: "方案", taken: "會員", left: "剩餘名額",
    },
});

const everyMs = 2000;
const samples = 60;
const few = 50;
const many = 500;

interface Rate {
    paid: number; // a second
    granted: number;
    more: boolean; // as many as were asked for were new: there may be more
}

const same = (a: Payment, b: Payment) => a.gateway === b.gateway && a.payment_id === b.payment_id && a.kind === b.kind;

/** What is new of the list since the last look, a second. */
export function rate(before: Payment[], now: Payment[], seconds: number): Rate {
    const known = before.length === 0 ? -1 : now.findIndex((row) => same(row, before[0]));
    const fresh = known < 0 ? (before.length === 0 ? [] : now) : now.slice(0, known);
    const of = (state: string) => fresh.filter((row) => row.kind === "paid" && (state === "" || row.state === state)).length;
    return { paid: of("") / seconds, granted: of("granted") / seconds, more: before.length > 0 && known < 0 && now.length > 0 };
}

function useRates(data: PaymentList | null): { rates: Rate[]; ask: number } {
    const [rates, setRates] = useState<Rate[]>([]);
    const last = useRef<{ rows: Payment[]; at: number } | null>(null);
    useEffect(() => {
        if (data === null) return;
        const at = performance.now();
        if (last.current) {
            const next = rate(last.current.rows, data.payments, Math.max(1, (at - last.current.at) / 1000));
            setRates((old) => [...old, next].slice(-samples));
        }
        last.current = { rows: data.payments, at };
    }, [data]);
    return { rates, ask: rates[rates.length - 1]?.more ? many : few };
}

function Live() {
    const [ask, setAsk] = useState(few);
    const status = useGet<Status>("status", everyMs);
    const payments = useGet<PaymentList>(`payments?limit=${ask}`, everyMs);
    const { rates, ask: next } = useRates(payments.data);
    useEffect(() => setAsk(next), [next]);
    const now = rates[rates.length - 1];
    const shown = (value: number | undefined) =>
        value === undefined ? "–" : now?.more ? fill(w("more"), { n: count(Math.round(value)) }) : count(Math.round(value * 10) / 10);
    return (
        <>
            <Shown of={status}>{(data) => (
                <>
                    {data.removals_held && <p class="tells grave"><a href={href("/queue")}>{w("held")}</a></p>}
                    <dl class="figures">
                        <div><dd>{shown(now?.paid)}</dd><dt>{w("payments")}</dt></div>
                        <div><dd>{shown(now?.granted)}</dd><dt>{w("grants")}</dt></div>
                        <div><dd>{count(data.deliveries.pending + data.deliveries.started)}</dd><dt>{w("queue")}</dt></div>
                        <div><dd><a href={href("/payments", { state: "unsettled" })}>{count(data.unsettled)}</a></dd><dt>{w("unsettled")}</dt></div>
                        <div><dd><a href={href("/queue", { state: "dead" })}>{count(data.deliveries.dead)}</a></dd><dt>{w("dead")}</dt></div>
                        <div><dd><a href={href("/members")}>{count(data.members)}</a></dd><dt>{w("members")}</dt></div>
                    </dl>
                    <div class="grid">
                        <Card title={w("two_minutes")}><Spark values={rates.map((row) => row.paid)} label={w("two_minutes")} /></Card>
                        <Card title={w("seats")}>
                            <Rows of={data.plans} columns={[
                                { head: w("seats"), cell: (row) => <a href={href("/members", { plan: row.plan })}>{row.plan}</a> },
                                { head: w("taken"), cell: (row) => count(row.members), figure: true },
                                { head: w("left"), cell: (row) => row.seats === undefined ? "–" : count(row.seats - row.members - row.held), figure: true },
                            ]} />
                        </Card>
                    </div>
                </>
            )}</Shown>
            <Card wide title={w("last")} acts={<a href={href("/payments")}>{w("to_payments")}</a>}>
                <Shown of={payments}>{(data) => <Last rows={data.payments.slice(0, 10)} />}</Shown>
            </Card>
        </>
    );
}

function Last({ rows }: { rows: Payment[] }) {
    return (
        <Rows of={rows} columns={[
            { head: t("payment"), cell: (row) => <PaymentLink gateway={row.gateway} id={row.payment_id} /> },
            { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> },
            { head: t("amount"), cell: (row) => <Money {...row} />, figure: true },
            { head: t("state"), cell: (row) => <State of={row.state} /> },
            { head: t("at"), cell: (row) => <When at={row.at} /> },
        ]} />
    );
}

function Spark({ values, label }: { values: number[]; label: string }) {
    const most = Math.max(1, ...values);
    const points = values.map((value, i) => `${((samples - values.length + i) / (samples - 1)) * 100},${38 - (value / most) * 36}`);
    return (
        <svg class="spark" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={`${label}: ${count(Math.round(most * 10) / 10)}`}>
            <line x1="0" y1="38" x2="100" y2="38" />
            <polyline points={points.join(" ")} />
        </svg>
    );
}

export const pages: Page[] = [
    { path: "/", title: { en: "Sale", "zh-Hans": "实时", "zh-Hant": "即時" }, menu: 1, key: "s", view: Live },
];
