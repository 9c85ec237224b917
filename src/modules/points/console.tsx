// Points: the sums that must be nothing, corrections that wait for a second person, and a posting by hand.
import { Act } from "console/act";
import { path } from "console/api";
import { catalogue, count, fill, t } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { go, href, route } from "console/route";
import { Card, Fields, MemberLink, Rows, Shown, When } from "console/show";

const w = catalogue({
    en: {
        post: "Post points", reverse: "Reverse", approve: "Approve", drop: "Refuse", audit: "Audit now", sums: "The books", mismatches: "Mismatches",
        corrections: "Corrections that wait", asked_by: "Asked by", of: "Points of a member", show: "Show", balance: "Balance", rule: "Rule", why: "Why",
        streak: "Streak", no_mismatch: "None: every account is the sum of its entries.", amount_hint: "Negative to take.", last: "Last audit",
        tell_post: "{telegram_id} gets {amount} {currency}. A correction above the limit waits for a second person.",
        tell_reverse: "Entry {id} of {member} is undone by an entry of the opposite amount.", tell_approve: "{amount} {currency} are posted for {member}.",
        tell_drop: "The correction is not posted.", tell_audit: "Every account is compared with its entries, in small steps.",
    },
    "zh-Hans": {
        post: "记积分", reverse: "冲销", approve: "批准", drop: "拒绝", audit: "立即对账", sums: "账目", mismatches: "不一致",
        corrections: "待批准的调整", asked_by: "申请人", of: "会员积分", show: "查看", balance: "余额", rule: "规则", why: "原因",
        streak: "连续签到", no_mismatch: "没有：每个账户都等于其分录之和。", amount_hint: "扣除请填负数。", last: "上次对账",
        tell_post: "{telegram_id} 将获得 {amount} {currency}。超过上限的调整要等第二个人批准。",
        tell_reverse: "{member} 的第 {id} 笔将用相反金额的分录冲销。", tell_approve: "将为 {member} 记入 {amount} {currency}。",
        tell_drop: "这笔调整不会记入。", tell_audit: "逐步核对每个账户与其分录。",
    },
    "zh-Hant": {
        post: "記積分", reverse: "沖銷", approve: "批准", drop: "拒絕", audit: "立即對帳", sums: "帳目", mismatches: "不一致",
        corrections: "待批准的調整", asked_by: "申請人", of: "會員積分", show: "查看", balance: "餘額", rule: "規則", why: "原因",
        streak: "連續簽到", no_mismatch: "沒有：每個帳戶都等於其分錄之和。", amount_hint: "扣除請填負數。", last: "上次對帳",
        tell_post: "{telegram_id} 將獲得 {amount} {currency}。超過上限的調整要等第二個人批准。",
        tell_reverse: "{member} 的第 {id} 筆將用相反金額的分錄沖銷。", tell_approve: "將為 {member} 記入 {amount} {currency}。",
        tell_drop: "這筆調整不會記入。", tell_audit: "逐步核對每個帳戶與其分錄。",
    },
});

const currencies = ["points", "xp", "stars"];

interface Correction {
    correction_id: number;
    telegram_id: number;
    amount: number;
    currency: string;
    reason: string;
    asked_by: string;
    at: string;
}
interface Entry {
    id: number;
    at: string;
    amount: number;
    currency: string;
    reason: string;
    rule: string;
    balance: number;
    reversed_by?: number;
    reversal_of?: number;
}

function Points() {
    const sums = useGet<{ sum: Record<string, number>; mismatches: unknown[]; walk: { ended: string | null } }>("points/audit");
    const waiting = useGet<{ corrections: Correction[] }>("points/corrections");
    const { query } = route.use();
    const member = query.get("member") ?? "";
    const show = (event: SubmitEvent) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget as HTMLFormElement);
        go(href("/points", { member: String(data.get("member") ?? "").trim() }));
    };
    return (
        <>
            <p class="acts">
                <Act label={w("post")} path="points" body={(values, key) => ({ ...values, telegram_id: Number(values.telegram_id), amount: Number(values.amount), key })}
                    fields={[
                        { name: "telegram_id", label: t("member"), type: "number", value: member },
                        { name: "currency", label: t("currency"), options: currencies, plain: true, value: "points" },
                        { name: "amount", label: t("amount"), type: "number", hint: w("amount_hint") },
                    ]} tell={(values) => fill(w("tell_post"), values)}
                    done={(_, values) => go(href("/points", { member: values.telegram_id }))} />
                <Act label={w("audit")} path="points/audit" reason="optional" tell={() => w("tell_audit")} />
            </p>
            <div class="grid">
                <Card title={w("sums")}><Shown of={sums}>{(data) => <Fields rows={[
                    ...Object.entries(data.sum).map(([name, n]): [string, string] => [name, count(n)]),
                    [w("mismatches"), data.mismatches.length === 0 ? w("no_mismatch") : count(data.mismatches.length)],
                    [w("last"), data.walk.ended ? <When at={data.walk.ended} /> : null],
                ]} />}</Shown></Card>
                <Card title={w("of")}>
                    <form class="filters" role="search" onSubmit={show} key={member}>
                        <label><span>{t("member")}</span><input name="member" inputMode="numeric" defaultValue={member} /></label>
                        <button type="submit">{w("show")}</button>
                    </form>
                </Card>
            </div>
            {member !== "" && <Account member={member} />}
            <Card wide title={w("corrections")}><Shown of={waiting}>{(data) => <Rows of={data.corrections} columns={[
                { head: t("member"), cell: (row) => <MemberLink id={row.telegram_id} /> }, { head: t("amount"), cell: (row) => `${count(row.amount)} ${row.currency}` },
                { head: t("reason"), cell: (row) => row.reason }, { head: w("asked_by"), cell: (row) => row.asked_by }, { head: t("at"), cell: (row) => <When at={row.at} /> },
                { head: t("acts"), cell: (row) => <Decide row={row} /> },
            ]} />}</Shown></Card>
        </>
    );
}

function Decide({ row }: { row: Correction }) {
    const what = { amount: count(row.amount), currency: row.currency, member: row.telegram_id };
    return (
        <div class="acts">
            <Act label={w("approve")} path={path("points", "corrections", row.correction_id, "approve")} reason="optional"
                tell={() => fill(w("tell_approve"), what)} />
            <Act grave label={w("drop")} method="DELETE" path={path("points", "corrections", row.correction_id)}
                tell={() => w("tell_drop")} />
        </div>
    );
}

function Account({ member }: { member: string }) {
    const loaded = useGet<{ balances: Record<string, number>; held: Record<string, number>; streak: number; entries: Entry[] }>(path("members", member, "points"));
    return (
        <Card wide title={`${w("of")} ${member}`}><Shown of={loaded}>{(data) => (
            <>
                <Fields rows={[...Object.entries(data.balances).map(([name, n]): [string, string] => [name, count(n)]), [w("streak"), count(data.streak)]]} />
                <Rows of={data.entries} columns={[
                    { head: "#", cell: (row) => row.id }, { head: t("at"), cell: (row) => <When at={row.at} /> },
                    { head: t("amount"), cell: (row) => `${count(row.amount)} ${row.currency}`, figure: true },
                    { head: w("balance"), cell: (row) => count(row.balance), figure: true },
                    { head: t("reason"), cell: (row) => row.reason || "–" }, { head: w("rule"), cell: (row) => row.rule },
                    {
                        head: t("acts"), cell: (row) => !row.reversed_by && !row.reversal_of && <Act grave label={w("reverse")} reason={false}
                            path={path("members", member, "points", row.id, "reverse")} fields={[{ name: "why", label: w("why") }]}
                            tell={() => fill(w("tell_reverse"), { id: row.id, member })} />,
                    },
                ]} />
            </>
        )}</Shown></Card>
    );
}

export const pages: Page[] = [
    { path: "/points", title: { en: "Points", "zh-Hans": "积分", "zh-Hant": "積分" }, menu: 60, key: "i", view: Points },
];
