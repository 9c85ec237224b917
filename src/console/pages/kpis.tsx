// Figures: each of the API's, null where the sample is too small, and the rows behind each.
import { path, withQuery } from "console/api";
import { catalogue, count, t, term } from "console/language";
import { useGet } from "console/load";
import { money, type Page } from "console/page";
import { usePlans } from "console/plans";
import { go, href, route } from "console/route";
import { Card, Rows, Shown, When } from "console/show";

const w = catalogue({
    en: { from: "From", to: "To", source: "Source", too_few: "too few to say", rows: "The rows behind it", mrr: "Monthly recurring revenue",
        arpu: "Revenue a payer", paying: "Paying members", show: "Show", reset: "Reset", ltv12: "Worth in twelve months" },
    "zh-Hans": { from: "从", to: "到", source: "来源", too_few: "样本太小", rows: "对应的明细", mrr: "月经常性收入",
        arpu: "每付费会员收入", paying: "付费会员", show: "查看", reset: "重置", ltv12: "十二个月价值" },
    "zh-Hant": { from: "從", to: "到", source: "來源", too_few: "樣本太小", rows: "對應的明細", mrr: "每月經常性收入",
        arpu: "每付費會員收入", paying: "付費會員", show: "查看", reset: "重設", ltv12: "十二個月價值" },
});

const named = ["mrr", "arpu", "paying", "ltv12"] as const;
const shares = /(_rate|conversion|churn|retention_\d+|success|activation\w*)$/;

type Figure = number | string | null | Record<string, number | string | null>;

function title(name: string): string {
    return (named as readonly string[]).includes(name) ? w(name as (typeof named)[number]) : term(name);
}

function one(name: string, value: number | string | null): string {
    if (value === null) return w("too_few");
    if (typeof value === "string") return value;
    return shares.test(name) && value <= 1 ? `${count(Math.round(value * 1000) / 10)} %` : count(value);
}

function shown(name: string, value: Figure): string {
    if (value === null || typeof value !== "object") return one(name, value);
    const parts = Object.entries(value).map(([key, part]) => `${one(name, part as number | string | null)} ${term(key)}`);
    return parts.length === 0 ? w("too_few") : parts.join(", ");
}

const asked = ["from", "to", "plan", "source"];

function useAsked(): Record<string, string> {
    const { query } = route.use();
    return Object.fromEntries(asked.map((name) => [name, query.get(name) ?? ""]));
}

function times(given: Record<string, string>): Record<string, string> {
    const day = (value: string) => value === "" ? "" : `${value}T00:00:00Z`;
    return { ...given, from: day(given.from), to: day(given.to) };
}

function Kpis() {
    const given = useAsked();
    const { names } = usePlans();
    const loaded = useGet<Record<string, Figure>>(withQuery("kpis", times(given)));
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget as HTMLFormElement);
        go(href("/kpis", Object.fromEntries(asked.map((name) => [name, String(data.get(name) ?? "").trim()]))));
    };
    return (
        <section class="card wide">
            <form class="filters" role="search" onSubmit={submit} key={JSON.stringify(given)}>
                <label><span>{w("from")}</span><input name="from" type="date" defaultValue={given.from} /></label>
                <label><span>{w("to")}</span><input name="to" type="date" defaultValue={given.to} /></label>
                <label><span>{t("plan")}</span><select name="plan">
                    <option value="">{t("all")}</option>
                    {names.map((name) => <option key={name} value={name} selected={name === given.plan}>{name}</option>)}
                </select></label>
                <label><span>{w("source")}</span><input name="source" defaultValue={given.source} /></label>
                <button type="submit">{w("show")}</button>
                <a class="button off" href={href("/kpis")}>{w("reset")}</a>
            </form>
            <Shown of={loaded}>{(data) => (
                <Rows of={Object.entries(data).filter(([name]) => name !== "as_of")} columns={[
                    { head: t("name"), cell: ([name]) => <a href={href(`/kpis/${name}`, given)}>{title(name)}</a> },
                    { head: t("amount"), cell: ([name, value]) => shown(name, value), figure: true },
                ]} />
            )}</Shown>
        </section>
    );
}

interface Behind {
    rows: Record<string, unknown>[];
    next_cursor?: string | null;
    as_of?: string;
}

function KpiRows({ values }: { values: Record<string, string> }) {
    const given = useAsked();
    const { query } = route.use();
    const loaded = useGet<Behind>(withQuery(path("kpis", values.name, "rows"), { ...times(given), limit: 50, cursor: query.get("cursor") ?? undefined }));
    const here = `/kpis/${values.name}`;
    return (
        <Card wide title={w("rows")}><Shown of={loaded}>{(data) => (
            <>
                <Rows of={data.rows} columns={Object.keys(data.rows[0] ?? {}).map((name) => ({
                    head: term(name), cell: (row: Record<string, unknown>) => cell(name, row[name]),
                }))} />
                <footer class="pager">
                    {query.get("cursor") && <a class="button" href={href(here, given)}>{t("first_page")}</a>}
                    {data.next_cursor && <a class="button" href={href(here, { ...given, cursor: data.next_cursor })}>{t("next")}</a>}
                    {data.as_of && <span class="soft">{t("as_of")} <When at={data.as_of} /></span>}
                </footer>
            </>
        )}</Shown></Card>
    );
}

function cell(name: string, value: unknown) {
    if (value === null || value === undefined) return "–";
    if (name === "telegram_id" || name === "member") return <a href={href(`/members/${value}`)}>{String(value)}</a>;
    if (name === "at" && typeof value === "string") return <When at={value} />;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export const pages: Page[] = [
    { path: "/kpis", title: { en: "KPIs", "zh-Hans": "指标", "zh-Hant": "指標" }, menu: 35, key: "k", roles: money, view: Kpis },
    { path: "/kpis/:name", title: { en: "Rows of", "zh-Hans": "明细", "zh-Hant": "明細" }, view: KpiRows },
];
