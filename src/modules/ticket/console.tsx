// Tickets: the list, one of them with its clocks, and the answers.
import { Act } from "console/act";
import { path } from "console/api";
import { List } from "console/list";
import { catalogue, fill, t, term } from "console/language";
import { useGet } from "console/load";
import { help, type Page } from "console/page";
import { href } from "console/route";
import { Card, Fields, MemberLink, Shown, State, When } from "console/show";
import type { Ticket } from "console/types";

const w = catalogue({
    en: {
        ticket: "Ticket", about: "About", assignee: "In whose hands", opened: "Opened", first: "First answer", first_due: "First answer due",
        resolve_due: "Solution due", late: "Late", closed: "Closed", score: "Score", order: "Order", answer: "Answer", assign: "Assign", resolve: "Resolve",
        close: "Close", open: "Open a ticket", staff: "Telegram id of the colleague", clocks: "Clocks",
        chat: "What was said stands in the support chat: usher does not keep it here.",
        tell_answer: "{id} gets this text from the bot.", tell_assign: "{ticket} is in the hands of {telegram_id}, and the support chat is told.",
        tell_resolve: "{id} is asked whether that was it. The clock of the solution stops.", tell_close: "{id} is told that {ticket} is closed.",
        tell_open: "A ticket is opened for {telegram_id}; its clocks start now.",
    },
    "zh-Hans": {
        ticket: "工单", about: "类别", assignee: "负责人", opened: "创建", first: "首次回复", first_due: "首次回复期限",
        resolve_due: "解决期限", late: "超时", closed: "关闭", score: "评分", order: "顺序", answer: "回复", assign: "指派", resolve: "解决",
        close: "关闭", open: "新建工单", staff: "同事的 Telegram id", clocks: "时限",
        chat: "对话内容在客服群里，usher 不在这里保存。",
        tell_answer: "机器人会把这段文字发给 {id}。", tell_assign: "{ticket} 将由 {telegram_id} 负责，客服群会收到通知。",
        tell_resolve: "会询问 {id} 是否已解决，解决时限停止计时。", tell_close: "{id} 会收到 {ticket} 已关闭的通知。",
        tell_open: "将为 {telegram_id} 新建工单，时限立即开始。",
    },
    "zh-Hant": {
        ticket: "工單", about: "類別", assignee: "負責人", opened: "建立", first: "首次回覆", first_due: "首次回覆期限",
        resolve_due: "解決期限", late: "逾時", closed: "關閉", score: "評分", order: "順序", answer: "回覆", assign: "指派", resolve: "解決",
        close: "關閉", open: "新增工單", staff: "同事的 Telegram id", clocks: "時限",
        chat: "對話內容在客服群裡，usher 不在這裡保存。",
        tell_answer: "機器人會把這段文字傳給 {id}。", tell_assign: "{ticket} 將由 {telegram_id} 負責，客服群會收到通知。",
        tell_resolve: "會詢問 {id} 是否已解決，解決時限停止計時。", tell_close: "{id} 會收到 {ticket} 已關閉的通知。",
        tell_open: "將為 {telegram_id} 新增工單，時限立即開始。",
    },
});

const states = ["open", "new", "assigned", "waiting_member", "waiting_staff", "resolved", "closed"];
const categories = ["payment", "access", "resources", "other"];

function Tickets() {
    return (
        <>
            <p class="acts"><Act label={w("open")} path="tickets" reason={false} fields={[
                { name: "telegram_id", label: t("member"), type: "number" }, { name: "category", label: w("about"), options: categories },
                { name: "text", label: t("text"), type: "long", optional: true },
            ]} tell={(values) => fill(w("tell_open"), values)} /></p>
            <List<Ticket> what="tickets" page="/tickets"
                filters={[
                    { name: "state", label: t("state"), options: states }, { name: "member", label: t("member"), type: "search" },
                    { name: "order", label: w("order"), options: ["newest", "oldest"] },
                ]}
                columns={[
                    { head: w("ticket"), cell: (row) => <a href={href(`/tickets/${row.ticket_id}`)}>{row.ticket_id}</a> },
                    { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> }, { head: w("about"), cell: (row) => term(row.category) },
                    { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: w("assignee"), cell: (row) => row.assignee ?? "–" },
                    { head: w("first_due"), cell: (row) => <When at={row.sla.first_due} /> },
                    { head: w("late"), cell: (row) => row.sla.breached ? <State of="breached" /> : t("no") },
                    { head: w("opened"), cell: (row) => <When at={row.opened} /> },
                ]} />
        </>
    );
}

function TicketPage({ values }: { values: Record<string, string> }) {
    const loaded = useGet<Ticket>(path("tickets", values.id));
    return (
        <Shown of={loaded}>{(ticket) => (
            <>
                {ticket.state !== "closed" && <Acts ticket={ticket} />}
                <p class="soft">{w("chat")}</p>
                <div class="grid">
                    <Card title={w("ticket")} acts={<State of={ticket.state} />}><Fields rows={[
                        [t("member"), <MemberLink id={ticket.telegram_id} />], [w("about"), term(ticket.category)],
                        [w("assignee"), ticket.assignee], [w("score"), ticket.score],
                    ]} /></Card>
                    <Card title={w("clocks")}><Fields rows={[
                        [w("opened"), <When at={ticket.opened} />], [w("first_due"), <When at={ticket.sla.first_due} />],
                        [w("first"), <When at={ticket.first_answer} />], [w("resolve_due"), <When at={ticket.sla.resolve_due} />],
                        [w("closed"), <When at={ticket.closed} />], [w("late"), ticket.sla.breached ? <State of="breached" /> : t("no")],
                    ]} /></Card>
                </div>
            </>
        )}</Shown>
    );
}

function Acts({ ticket }: { ticket: Ticket }) {
    const where = (verb: string) => path("tickets", ticket.ticket_id, verb);
    const who = { id: ticket.telegram_id, ticket: ticket.ticket_id };
    return (
        <p class="acts">
            <Act label={w("answer")} path={where("answer")} reason={false} fields={[{ name: "text", label: t("text"), type: "long" }]}
                tell={() => fill(w("tell_answer"), who)} />
            <Act label={w("assign")} path={where("assign")} reason="optional" fields={[{ name: "telegram_id", label: w("staff"), type: "number" }]}
                tell={(values) => fill(w("tell_assign"), { ...values, ...who })} />
            <Act label={w("resolve")} path={where("resolve")} reason="optional" tell={() => fill(w("tell_resolve"), who)} />
            <Act grave label={w("close")} path={where("close")} reason="optional" tell={() => fill(w("tell_close"), who)} />
        </p>
    );
}

export const pages: Page[] = [
    { path: "/tickets", title: { en: "Tickets", "zh-Hans": "工单", "zh-Hant": "工單" }, menu: 50, key: "t", roles: help, view: Tickets },
    { path: "/tickets/:id", title: { en: "Ticket", "zh-Hans": "工单", "zh-Hant": "工單" }, view: TicketPage },
];
