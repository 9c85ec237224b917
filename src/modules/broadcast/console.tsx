// Broadcasts: what was sent and how far it is, a new one with whom it reaches, and what can still be withdrawn.
import { Act, type Values } from "console/act";
import { path, withQuery } from "console/api";
import { List } from "console/list";
import { catalogue, count, fill, language, languages, t } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { usePlans, type Status } from "console/plans";
import { go, href } from "console/route";
import { Card, Fields, MemberLink, Shown, State, When } from "console/show";
import type { Member } from "console/types";

const w = catalogue({
    en: {
        broadcast: "Broadcast", audience: "For", sent: "Sent", failed: "Failed", skipped: "Cannot be reached", unknown: "In doubt", pending: "Waits",
        withdrawn: "Withdrawn", make: "New broadcast", withdraw: "Withdraw", to: "To", everyone: "All members", language: "The text's language",
        reaches: "At most {n} members, for example:", send: "Send", hint: "{{name}} becomes the reader's name.",
        tell_make: "At most {n} members ({to}) get this from the bot, each once. Who blocked the bot gets nothing.",
        tell_withdraw: "Whoever has not got it yet will not. {sent} have it already.",
    },
    "zh-Hans": {
        broadcast: "群发", audience: "对象", sent: "已发送", failed: "失败", skipped: "无法送达", unknown: "不确定", pending: "等待",
        withdrawn: "已撤回", make: "新群发", withdraw: "撤回", to: "发给", everyone: "全部会员", language: "文字的语言",
        reaches: "最多 {n} 名会员，例如：", send: "发送", hint: "{{name}} 会换成读者的名字。",
        tell_make: "最多 {n} 名会员（{to}）将各收到机器人的一条消息。屏蔽机器人的人不会收到。",
        tell_withdraw: "尚未收到的人不会再收到。已有 {sent} 人收到。",
    },
    "zh-Hant": {
        broadcast: "群發", audience: "對象", sent: "已傳送", failed: "失敗", skipped: "無法送達", unknown: "不確定", pending: "等待",
        withdrawn: "已撤回", make: "新群發", withdraw: "撤回", to: "發給", everyone: "全部會員", language: "文字的語言",
        reaches: "最多 {n} 名會員，例如：", send: "傳送", hint: "{{name}} 會換成讀者的名字。",
        tell_make: "最多 {n} 名會員（{to}）將各收到機器人的一則訊息。封鎖機器人的人不會收到。",
        tell_withdraw: "尚未收到的人不會再收到。已有 {sent} 人收到。",
    },
});

interface Broadcast {
    broadcast_id: string;
    state: string;
    created: string;
    finished?: string;
    audience: number;
    pending: number;
    sent: number;
    failed: number;
    skipped: number;
    unknown: number;
    withdrawn: number;
    texts?: Record<string, string>;
}

function reach(status: Status | null, plan: string): number {
    return plan === "" ? status?.members ?? 0 : status?.plans.find((row) => row.plan === plan)?.members ?? 0;
}

/** Some of whom it goes to, to look at before. */
function Sample({ plan, status }: { plan: string; status: Status | null }) {
    const loaded = useGet<{ members: Member[] }>(withQuery("members", { limit: 5, plan, status: plan === "" ? "active" : undefined }));
    return (
        <Shown of={loaded}>{(data) => (
            <p>{fill(w("reaches"), { n: count(reach(status, plan)) })} {data.members.map((row) => (
                <span key={row.telegram_id}><MemberLink id={row.telegram_id} /> {row.name} </span>
            ))}</p>
        )}</Shown>
    );
}

function Broadcasts() {
    const { names, status } = usePlans();
    const body = (values: Values, key: string) => ({
        text: values.text, language: values.language, idempotency_key: `console-${key}`, ...(values.plan && { plan: values.plan }),
        ...(values.reason && { reason: values.reason }),
    });
    return (
        <>
            <p class="acts"><Act label={w("make")} path="broadcasts" reason="optional" body={body} fields={[
                { name: "plan", label: w("to"), options: names, plain: true, optional: true, none: w("everyone") },
                { name: "language", label: w("language"), options: languages.map((row) => row.name), plain: true, value: language.get() },
                { name: "text", label: t("text"), type: "long", hint: w("hint") },
            ]} more={(values) => <Sample plan={values.plan ?? ""} status={status} />}
                tell={(values) => fill(w("tell_make"), { n: count(reach(status, values.plan ?? "")), to: values.plan || w("everyone") })}
                done={(answer) => go(href(`/broadcasts/${(answer as Broadcast).broadcast_id}`))} /></p>
            <List<Broadcast> what="broadcasts" page="/broadcasts" columns={[
                { head: w("broadcast"), cell: (row) => <a href={href(`/broadcasts/${row.broadcast_id}`)}>{row.broadcast_id}</a> },
                { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: w("audience"), cell: (row) => count(row.audience), figure: true },
                { head: w("sent"), cell: (row) => count(row.sent), figure: true }, { head: w("pending"), cell: (row) => count(row.pending), figure: true },
                { head: w("failed"), cell: (row) => count(row.failed), figure: true }, { head: t("created"), cell: (row) => <When at={row.created} /> },
            ]} />
        </>
    );
}

function BroadcastPage({ values }: { values: Record<string, string> }) {
    const loaded = useGet<Broadcast>(path("broadcasts", values.id), 2000);
    return (
        <Shown of={loaded}>{(data) => (
            <>
                {data.pending > 0 && <p class="acts"><Act grave label={w("withdraw")} method="DELETE" path={path("broadcasts", data.broadcast_id)}
                    tell={() => fill(w("tell_withdraw"), { sent: count(data.sent) })} /></p>}
                <Card title={w("broadcast")} acts={<State of={data.state} />}>
                    <progress max={Math.max(1, data.audience)} value={data.audience - data.pending} aria-label={w("sent")} />
                    <Fields rows={[
                        [w("audience"), count(data.audience)], [w("sent"), count(data.sent)], [w("pending"), count(data.pending)],
                        [w("failed"), count(data.failed)], [w("skipped"), count(data.skipped)], [w("unknown"), count(data.unknown)],
                        [w("withdrawn"), count(data.withdrawn)], [t("created"), <When at={data.created} />],
                    ]} />
                </Card>
                {Object.entries(data.texts ?? {}).map(([lang, text]) => (
                    <Card key={lang} title={languages.find((row) => row.name === lang)?.label ?? lang}><p class="text" lang={lang}>{text}</p></Card>
                ))}
            </>
        )}</Shown>
    );
}

export const pages: Page[] = [
    { path: "/broadcasts", title: { en: "Broadcasts", "zh-Hans": "群发", "zh-Hant": "群發" }, menu: 55, key: "b", view: Broadcasts },
    { path: "/broadcasts/:id", title: { en: "Broadcast", "zh-Hans": "群发", "zh-Hant": "群發" }, view: BroadcastPage },
];
