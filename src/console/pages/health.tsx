// Health: the state's counters, the groups and what the bots may do there, the webhooks, how fresh the mirror is.
import { catalogue, count, t, term } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { Card, Fields, Rows, Shown, State, When } from "console/show";
import type { Status } from "console/plans";

const w = catalogue({
    en: {
        state: "State", applied: "Commands applied", members: "Members", unsettled: "Payments to settle", held: "Removals held",
        mirror: "The mirror", as_of: "Lists are as of", groups: "Groups", bot: "Bot", bot_is: "The bot is", missing: "Missing rights", link: "Link",
        webhooks: "Webhooks", behind: "Behind", last_error: "Last error", deliveries: "Deliveries", people: "Members",
    },
    "zh-Hans": {
        state: "状态", applied: "已执行命令", members: "会员", unsettled: "待处理付款", held: "移除已扣留",
        mirror: "镜像", as_of: "列表截至", groups: "群组", bot: "机器人", bot_is: "机器人身份", missing: "缺少的权限", link: "链接",
        webhooks: "Webhook", behind: "落后", last_error: "最近错误", deliveries: "投递", people: "会员",
    },
    "zh-Hant": {
        state: "狀態", applied: "已執行命令", members: "會員", unsettled: "待處理付款", held: "移除已扣留",
        mirror: "鏡像", as_of: "列表截至", groups: "群組", bot: "機器人", bot_is: "機器人身分", missing: "缺少的權限", link: "連結",
        webhooks: "Webhook", behind: "落後", last_error: "最近錯誤", deliveries: "投遞", people: "會員",
    },
});

interface Group {
    group: string;
    bot: string;
    link_ready: boolean;
    bot_status: string;
    missing_rights: string[];
    members: number;
}
interface Webhook {
    name: string;
    state: string;
    behind: number;
    last_error?: string;
}

function Health() {
    const status = useGet<Status>("status", 10000);
    const groups = useGet<{ groups: Group[] }>("groups", 10000);
    const webhooks = useGet<{ webhooks: Webhook[] }>("webhooks", 10000);
    const mirror = useGet<{ as_of?: string }>("members?limit=1", 10000);
    return (
        <>
            <div class="grid">
                <Card title={w("state")}><Shown of={status}>{(data) => <Fields rows={[
                    [w("applied"), count(data.applied)], [w("members"), count(data.members)], [w("unsettled"), count(data.unsettled)],
                    [w("held"), data.removals_held ? <State of="held" /> : t("no")],
                ]} />}</Shown></Card>
                <Card title={w("deliveries")}><Shown of={status}>{(data) => <Fields rows={
                    Object.entries(data.deliveries).map(([stage, n]) => [term(stage), count(n)])
                } />}</Shown></Card>
                <Card title={w("mirror")}><Shown of={mirror}>{(data) => <Fields rows={[[w("as_of"), <When at={data.as_of} />]]} />}</Shown></Card>
            </div>
            <Card wide title={w("groups")}><Shown of={groups}>{(data) => <Rows of={data.groups} columns={[
                { head: t("group"), cell: (row) => row.group }, { head: w("bot"), cell: (row) => row.bot },
                { head: w("bot_is"), cell: (row) => <State of={row.bot_status} /> },
                { head: w("missing"), cell: (row) => row.missing_rights.length === 0 ? "–" : row.missing_rights.join(", ") },
                { head: w("link"), cell: (row) => row.link_ready ? t("yes") : t("no") },
                { head: w("people"), cell: (row) => count(row.members), figure: true },
            ]} />}</Shown></Card>
            <Card wide title={w("webhooks")}><Shown of={webhooks}>{(data) => <Rows of={data.webhooks} columns={[
                { head: t("name"), cell: (row) => row.name }, { head: t("state"), cell: (row) => <State of={row.state} /> },
                { head: w("behind"), cell: (row) => count(row.behind), figure: true }, { head: w("last_error"), cell: (row) => row.last_error ?? "–" },
            ]} />}</Shown></Card>
        </>
    );
}

export const pages: Page[] = [
    { path: "/health", title: { en: "Health", "zh-Hans": "运行状况", "zh-Hant": "運作狀況" }, menu: 90, key: "h", view: Health },
];
