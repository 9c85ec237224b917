// Orders: the list, one of them, and its end.
import { Act } from "console/act";
import { path } from "console/api";
import { List } from "console/list";
import { catalogue, fill, t, term } from "console/language";
import { useGet } from "console/load";
import { money, type Page } from "console/page";
import { periods, usePlans } from "console/plans";
import { go, href } from "console/route";
import { Card, Fields, MemberLink, Money, Rows, Shown, State, When } from "console/show";
import type { Order } from "console/types";

const w = catalogue({
    en: {
        cancel: "Cancel the order", make: "New order", lines: "Lines", page: "Its page", pay: "Where it is paid", coupon: "Coupon", overpaid: "Overpaid",
        tell_cancel: "The order cannot be paid any more. What it held (a seat, a use of a code) is free again.",
        tell_make: "{telegram_id} owes an order for {plan}, {period}. Nothing is granted before it is paid.",
    },
    "zh-Hans": {
        cancel: "取消订单", make: "新订单", lines: "明细", page: "订单页面", pay: "付款地址", coupon: "优惠码", overpaid: "多付",
        tell_cancel: "订单不能再付款。它占用的名额和优惠码次数会释放。",
        tell_make: "{telegram_id} 将有一个 {plan}（{period}）的订单。付款前不会开通任何内容。",
    },
    "zh-Hant": {
        cancel: "取消訂單", make: "新訂單", lines: "明細", page: "訂單頁面", pay: "付款位址", coupon: "優惠碼", overpaid: "多付",
        tell_cancel: "訂單不能再付款。它佔用的名額和優惠碼次數會釋放。",
        tell_make: "{telegram_id} 將有一個 {plan}（{period}）的訂單。付款前不會開通任何內容。",
    },
});

const states = ["open", "paid", "fulfilled", "expired", "cancelled", "refunded", "partly_refunded", "disputed"];

function Orders() {
    const { names } = usePlans();
    return (
        <>
            <p class="acts"><Act label={w("make")} path="orders" reason="optional" fields={[
                { name: "telegram_id", label: t("member"), type: "number" }, { name: "plan", label: t("plan"), options: names, plain: true },
                { name: "period", label: t("period"), suggest: periods, value: "1 month" }, { name: "coupon", label: w("coupon"), optional: true },
            ]} tell={(values) => fill(w("tell_make"), values)} done={(answer) => go(href(`/orders/${(answer as Order).order_id}`))} /></p>
            <List<Order> what="orders" page="/orders"
                filters={[
                    { name: "state", label: t("state"), options: states }, { name: "plan", label: t("plan"), options: names },
                    { name: "member", label: t("member"), type: "search" }, { name: "overpaid", label: w("overpaid"), options: ["yes", "no"] },
                ]}
                columns={[
                    { head: t("order"), cell: (row) => <a href={href(`/orders/${row.order_id}`)}>{row.order_id}</a> },
                    { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> },
                    { head: t("plan"), cell: (row) => row.plan }, { head: t("period"), cell: (row) => row.period ?? "–" },
                    { head: t("amount"), cell: (row) => <Money {...row} />, figure: true },
                    { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: t("created"), cell: (row) => <When at={row.created} /> },
                ]} />
        </>
    );
}

function OrderPage({ values }: { values: Record<string, string> }) {
    const loaded = useGet<Order>(path("orders", values.id));
    const link = (address?: string) => address && /^https?:/.test(address) ? <a href={address} rel="noreferrer">{address}</a> : address;
    return (
        <Shown of={loaded}>{(order) => (
            <>
                {order.state === "open" && <p class="acts"><Act grave label={w("cancel")} method="DELETE"
                    path={path("orders", order.order_id)} tell={() => w("tell_cancel")} /></p>}
                <div class="grid">
                    <Card title={t("order")} acts={<State of={order.state} />}><Fields rows={[
                        [t("order"), order.order_id], [t("member"), order.telegram_id ? <MemberLink id={order.telegram_id} /> : null],
                        [t("plan"), order.plan], [t("period"), order.period], [t("gateway"), order.gateway], [t("amount"), <Money {...order} />],
                        [t("created"), <When at={order.created} />], [t("expires"), <When at={order.expires} />],
                        [w("page"), link(order.page_url)], [w("pay"), link(order.pay_url)],
                    ]} /></Card>
                    <Card title={w("lines")}><Rows of={order.lines ?? []} columns={[
                        { head: t("kind"), cell: (row) => term(row.kind) }, { head: t("name"), cell: (row) => row.ref },
                        { head: t("amount"), cell: (row) => <Money amount={row.amount} currency={order.currency} />, figure: true },
                    ]} /></Card>
                </div>
            </>
        )}</Shown>
    );
}

export const pages: Page[] = [
    { path: "/orders", title: { en: "Orders", "zh-Hans": "订单", "zh-Hant": "訂單" }, menu: 30, key: "o", roles: money, view: Orders },
    { path: "/orders/:id", title: { en: "Order", "zh-Hans": "订单", "zh-Hant": "訂單" }, view: OrderPage },
];
