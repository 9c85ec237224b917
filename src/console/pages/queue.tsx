// The queue: how much is in each state, what could not be delivered and why, removals that wait for the operator.
import { Act } from "console/act";
import { List } from "console/list";
import { catalogue, count, fill, t, term } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { href } from "console/route";
import { MemberLink, Shown, State, When } from "console/show";
import type { Delivery } from "console/types";

const w = catalogue({
    en: {
        release_dead: "Send all dead letters again", release_held: "Let held removals go", release: "Send again", bot: "Way out", finished: "Ended",
        held: "Removals are held: more were due than an hour allows. Look at them, then let them go.",
        tell_dead: "{n} dead letters are tried again, by the same keys.", tell_held: "{n} members whose plans ended are removed from their groups.",
        tell_one: "Delivery {id} ({kind}) is tried once more, by the same key.",
    },
    "zh-Hans": {
        release_dead: "重发全部死信", release_held: "放行扣留的移除", release: "重发", bot: "通道", finished: "结束",
        held: "移除已扣留：超过了每小时上限。请先查看，再放行。",
        tell_dead: "{n} 封死信将用原来的键重试。", tell_held: "{n} 名套餐已结束的会员将被移出群组。",
        tell_one: "投递 {id}（{kind}）将用原来的键再试一次。",
    },
    "zh-Hant": {
        release_dead: "重送全部死信", release_held: "放行扣留的移除", release: "重送", bot: "通道", finished: "結束",
        held: "移除已扣留：超過了每小時上限。請先查看，再放行。",
        tell_dead: "{n} 封死信將用原來的鍵重試。", tell_held: "{n} 名方案已結束的會員將被移出群組。",
        tell_one: "投遞 {id}（{kind}）將用原來的鍵再試一次。",
    },
});

const stages = ["pending", "started", "waiting", "held", "dead", "done"];

function Queue() {
    const queue = useGet<{ counts: Record<string, number>; removals_held: boolean }>("queue?limit=1", 5000);
    return (
        <>
            <Shown of={queue}>{({ counts, removals_held }) => (
                <>
                    {removals_held && <p class="tells grave">{w("held")}</p>}
                    <dl class="figures">{stages.map((stage) => (
                        <div key={stage}><dd><a href={href("/queue", { state: stage })}>{count(counts[stage] ?? 0)}</a></dd><dt>{term(stage)}</dt></div>
                    ))}</dl>
                    <p class="acts">
                        {counts.dead > 0 && <Act label={w("release_dead")} path="queue/release" body={(values) => ({ what: "dead", reason: values.reason })}
                            tell={() => fill(w("tell_dead"), { n: count(counts.dead) })} />}
                        {(removals_held || counts.held > 0) && <Act grave label={w("release_held")} path="queue/release"
                            body={(values) => ({ what: "held", reason: values.reason })} tell={() => fill(w("tell_held"), { n: count(counts.held) })} />}
                    </p>
                </>
            )}</Shown>
            <List<Delivery> what="deliveries" page="/queue"
                filters={[
                    { name: "state", label: t("state"), options: stages }, { name: "kind", label: t("kind") },
                    { name: "member", label: t("member"), type: "search" },
                ]}
                columns={[
                    { head: "#", cell: (row) => row.id }, { head: t("kind"), cell: (row) => term(row.kind) },
                    { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> }, { head: w("bot"), cell: (row) => row.lane ?? row.bot ?? "–" },
                    { head: t("state"), cell: (row) => <State of={row.state} /> }, { head: t("attempts"), cell: (row) => row.attempts, figure: true },
                    { head: t("created"), cell: (row) => <When at={row.created} /> }, { head: t("error"), cell: (row) => row.error ?? "–" },
                    {
                        head: t("acts"), cell: (row) => (row.state === "dead" || row.state === "held") && <Act label={w("release")} path="queue/release"
                            body={(values) => ({ what: row.state, delivery: row.id, reason: values.reason })}
                            tell={() => fill(w("tell_one"), { id: row.id, kind: term(row.kind) })} />,
                    },
                ]} />
        </>
    );
}

export const pages: Page[] = [
    { path: "/queue", title: { en: "Queue", "zh-Hans": "队列", "zh-Hant": "佇列" }, menu: 40, key: "q", view: Queue },
];
