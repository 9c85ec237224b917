// Plans: how full they are, and the page that sells each.
import { catalogue, count, t } from "console/language";
import type { Page } from "console/page";
import { usePlans } from "console/plans";
import { href } from "console/route";
import { Card, Rows } from "console/show";

const w = catalogue({
    en: { members: "Members", held: "Kept for open orders", seats: "Seats", left: "Left", page: "Its page", show: "Look", unlimited: "as many as come",
        configured: "Plans and prices stand in the configuration; usher reads it again with systemctl reload usher." },
    "zh-Hans": { members: "会员", held: "为未付订单保留", seats: "名额", left: "剩余", page: "页面", show: "查看", unlimited: "不限",
        configured: "套餐与价格写在配置文件里；用 systemctl reload usher 重新读取。" },
    "zh-Hant": { members: "會員", held: "為未付訂單保留", seats: "名額", left: "剩餘", page: "頁面", show: "查看", unlimited: "不限",
        configured: "方案與價格寫在設定檔裡；用 systemctl reload usher 重新讀取。" },
});

function Plans() {
    const { status } = usePlans();
    return (
        <Card wide>
            <p class="soft">{w("configured")}</p>
            <Rows of={status?.plans ?? []} none={status ? undefined : t("loading")} columns={[
                { head: t("plan"), cell: (row) => <a href={href("/members", { plan: row.plan })}>{row.plan}</a> },
                { head: w("members"), cell: (row) => count(row.members), figure: true }, { head: w("held"), cell: (row) => count(row.held), figure: true },
                { head: w("seats"), cell: (row) => row.seats === undefined ? w("unlimited") : count(row.seats), figure: true },
                { head: w("left"), cell: (row) => row.seats === undefined ? "–" : count(row.seats - row.members - row.held), figure: true },
                { head: w("page"), cell: (row) => <a href={`/p/${encodeURIComponent(row.plan)}`}>{w("show")}</a> },
            ]} />
        </Card>
    );
}

export const pages: Page[] = [
    { path: "/plans", title: { en: "Plans", "zh-Hans": "套餐", "zh-Hant": "方案" }, menu: 65, key: "l", view: Plans },
];
