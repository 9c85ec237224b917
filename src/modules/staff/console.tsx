// The staff: who may do what, who is signed in, and the keys of machines. A new key is shown once, until the page is left.
import { useState } from "preact/hooks";
import { Act, type Values } from "console/act";
import { path } from "console/api";
import { catalogue, count, fill, t, term } from "console/language";
import { useGet } from "console/load";
import type { Page } from "console/page";
import { href } from "console/route";
import { Card, Rows, Shown, When } from "console/show";

const w = catalogue({
    en: {
        staff: "Staff", sessions: "Sessions", keys: "API keys", role: "Role", token: "Own token", did: "What they did", began: "Began", seen: "Seen last",
        look: "Audit", revoke: "End the session", holder: "who holds the configuration's token", gone: "no longer of the staff",
        configured: "People and their roles stand in the configuration, under staff; usher reads it again with systemctl reload usher.",
        no_staff: "The configuration names nobody. Whoever holds its token is the owner.", no_keys: "No machine has a key.",
        tell_revoke: "{who} is signed out at once, and may sign in again with a new address.",
        make: "New key", scopes: "Scopes", per_minute: "Requests a minute", made_by: "Made by", drop: "End the key", everything: "all that the role may",
        scopes_hint: "First words of the API's addresses with commas between, such as payments, members:read. Empty: all that the role may.",
        per_minute_hint: "From 1 to 60000; empty: 600.", name_hint: "What it is known by in the audit, such as crm.",
        tell_make: "A machine may ask as {role}: {scopes}, {rate} times a minute. The key is shown once.",
        tell_drop: "{name} is refused from now on. What it did stays as it is.",
        new_key: "The key of {name}", keep: "Copy it now: usher keeps only its hash, and nobody can show it again.", hide: "I have it",
        not_shown: "{name} was made by a request before this one, and its key was shown then. If nobody has it, end it and make another.",
    },
    "zh-Hans": {
        staff: "工作人员", sessions: "登录会话", keys: "API 密钥", role: "角色", token: "自己的令牌", did: "做过什么", began: "开始", seen: "最近使用",
        look: "操作记录", revoke: "结束会话", holder: "配置令牌的持有人", gone: "已不是工作人员",
        configured: "人员与角色写在配置文件的 staff 里；用 systemctl reload usher 重新读取。",
        no_staff: "配置里没有写任何人。持有配置令牌的人就是所有者。", no_keys: "还没有机器持有密钥。",
        tell_revoke: "{who} 会立即退出，之后可以用新地址重新登录。",
        make: "新密钥", scopes: "权限范围", per_minute: "每分钟请求数", made_by: "创建人", drop: "停用密钥", everything: "角色允许的一切",
        scopes_hint: "API 地址的第一个词，用逗号分隔，如 payments, members:read。不填：角色允许的一切。",
        per_minute_hint: "1 到 60000；不填为 600。", name_hint: "操作记录里显示的名字，如 crm。",
        tell_make: "一台机器可以用 {role} 的角色请求：{scopes}，每分钟 {rate} 次。密钥只显示一次。",
        tell_drop: "{name} 从现在起被拒绝。它做过的事不受影响。",
        new_key: "{name} 的密钥", keep: "请现在复制：usher 只保存它的哈希值，之后谁也无法再显示。", hide: "我已保存",
        not_shown: "{name} 已由之前的请求创建，密钥当时已显示。如果没人保存，请停用它，再新建一个。",
    },
    "zh-Hant": {
        staff: "工作人員", sessions: "登入工作階段", keys: "API 金鑰", role: "角色", token: "自己的權杖", did: "做過什麼", began: "開始", seen: "最近使用",
        look: "操作記錄", revoke: "結束工作階段", holder: "設定權杖的持有人", gone: "已不是工作人員",
        configured: "人員與角色寫在設定檔的 staff 裡；用 systemctl reload usher 重新讀取。",
        no_staff: "設定檔裡沒有寫任何人。持有設定權杖的人就是擁有者。", no_keys: "還沒有機器持有金鑰。",
        tell_revoke: "{who} 會立即登出，之後可以用新網址重新登入。",
        make: "新金鑰", scopes: "權限範圍", per_minute: "每分鐘請求數", made_by: "建立人", drop: "停用金鑰", everything: "角色允許的一切",
        scopes_hint: "API 位址的第一個詞，用逗號分隔，如 payments, members:read。不填：角色允許的一切。",
        per_minute_hint: "1 到 60000；不填為 600。", name_hint: "操作記錄裡顯示的名字，如 crm。",
        tell_make: "一台機器可以用 {role} 的角色請求：{scopes}，每分鐘 {rate} 次。金鑰只顯示一次。",
        tell_drop: "{name} 從現在起被拒絕。它做過的事不受影響。",
        new_key: "{name} 的金鑰", keep: "請現在複製：usher 只保存它的雜湊值，之後誰也無法再顯示。", hide: "我已保存",
        not_shown: "{name} 已由之前的請求建立，金鑰當時已顯示。如果沒人保存，請停用它，再新建一個。",
    },
});

const roles = ["viewer", "support", "moderator", "finance", "owner"] as const;

interface Person {
    telegram_id: number;
    name: string;
    role: string;
    has_token: boolean;
}
interface Session {
    session_id: number;
    telegram_id?: number | null; // null: who holds the configuration's token; none: somebody who is gone
    name?: string;
    role?: string;
    began: string;
    seen: string;
    until: string;
}
interface Key {
    name: string;
    role: string;
    scopes: string[];
    per_minute: number;
    made: string;
    made_by: string;
}
interface Made {
    name: string;
    key?: string; // none: an answer that was given before
}

function words(text: string | undefined): string[] {
    return (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
}

function Staff() {
    const sessions = useGet<{ sessions: Session[] }>("staff/sessions");
    return (
        <>
            <People sessions={sessions.data?.sessions ?? null} />
            <Card wide title={w("sessions")}><Shown of={sessions}>{(data) => <Rows of={data.sessions} columns={[
                { head: t("name"), cell: (row) => whose(row) }, { head: w("role"), cell: (row) => row.role ? term(row.role) : "–" },
                { head: w("began"), cell: (row) => <When at={row.began} /> }, { head: w("seen"), cell: (row) => <When at={row.seen} /> },
                { head: t("expires"), cell: (row) => <When at={row.until} /> },
                {
                    head: t("acts"), cell: (row) => <Act grave label={w("revoke")} method="DELETE" path={path("staff", "sessions", row.session_id)}
                        tell={() => fill(w("tell_revoke"), { who: whose(row) })} />,
                },
            ]} />}</Shown></Card>
            <Keys />
        </>
    );
}

function whose(row: Session): string {
    if (row.telegram_id === undefined) return w("gone");
    return row.telegram_id === null ? w("holder") : row.name || String(row.telegram_id);
}

function People({ sessions }: { sessions: Session[] | null }) {
    const people = useGet<{ staff: Person[] }>("staff");
    const open = (id: number) => sessions === null ? "–" : count(sessions.filter((row) => row.telegram_id === id).length);
    return (
        <Card wide title={w("staff")}>
            <p class="soft">{w("configured")}</p>
            <Shown of={people}>{(data) => <Rows of={data.staff} none={w("no_staff")} columns={[
                { head: t("name"), cell: (row) => row.name || "–" }, { head: "Telegram", cell: (row) => row.telegram_id },
                { head: w("role"), cell: (row) => term(row.role) }, { head: w("token"), cell: (row) => row.has_token ? t("yes") : t("no") },
                { head: w("sessions"), cell: (row) => open(row.telegram_id), figure: true },
                { head: w("did"), cell: (row) => <AuditLink who={`staff:${row.telegram_id}`} /> },
            ]} />}</Shown>
        </Card>
    );
}

function AuditLink({ who }: { who: string }) {
    return <a href={href("/audit", { who })} aria-label={`${w("look")}: ${who}`}>{w("look")}</a>;
}

function body(values: Values): object {
    const scopes = words(values.scopes);
    return {
        name: values.name.trim(), role: values.role, reason: values.reason.trim(), ...(scopes.length > 0 && { scopes }),
        ...(values.per_minute.trim() && { per_minute: Number(values.per_minute) }),
    };
}

function Keys() {
    const keys = useGet<{ keys: Key[] }>("staff/keys");
    const [made, setMade] = useState<Made | null>(null);
    const told = (values: Values) => fill(w("tell_make"), {
        role: term(values.role), rate: values.per_minute.trim() || "600", scopes: words(values.scopes).join(", ") || w("everything"),
    });
    return (
        <Card wide title={w("keys")} acts={<Act label={w("make")} path="staff/keys" body={body} fields={[
            { name: "name", label: t("name"), hint: w("name_hint") }, { name: "role", label: w("role"), options: roles, value: "viewer" },
            { name: "scopes", label: w("scopes"), optional: true, hint: w("scopes_hint") },
            { name: "per_minute", label: w("per_minute"), type: "number", optional: true, hint: w("per_minute_hint") },
        ]} tell={told} done={(answer) => setMade(answer as Made)} />}>
            {made && <Once made={made} hide={() => setMade(null)} />}
            <Shown of={keys}>{(data) => <Rows of={data.keys} none={w("no_keys")} columns={[
                { head: t("name"), cell: (row) => row.name }, { head: w("role"), cell: (row) => term(row.role) },
                { head: w("scopes"), cell: (row) => row.scopes.join(", ") || w("everything") },
                { head: w("per_minute"), cell: (row) => count(row.per_minute), figure: true },
                { head: t("created"), cell: (row) => <When at={row.made} /> }, { head: w("made_by"), cell: (row) => row.made_by },
                { head: w("did"), cell: (row) => <AuditLink who={`key:${row.name}`} /> },
                {
                    head: t("acts"), cell: (row) => <Act grave label={w("drop")} method="DELETE" path={path("staff", "keys", row.name)}
                        tell={() => fill(w("tell_drop"), { name: row.name })} />,
                },
            ]} />}</Shown>
        </Card>
    );
}

function Once({ made, hide }: { made: Made; hide: () => void }) {
    if (!made.key) return <p class="tells" role="status">{fill(w("not_shown"), { name: made.name })}</p>;
    return (
        <div class="tells once" role="status">
            <strong>{fill(w("new_key"), { name: made.name })}</strong>
            <p><code>{made.key}</code></p>
            <p>{w("keep")}</p>
            <button type="button" onClick={hide}>{w("hide")}</button>
        </div>
    );
}

export const pages: Page[] = [
    { path: "/staff", title: { en: "Staff and keys", "zh-Hans": "人员与密钥", "zh-Hant": "人員與金鑰" }, menu: 85, key: "f", roles: ["owner"], view: Staff },
];
