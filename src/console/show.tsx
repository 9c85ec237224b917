// Small things that every page shows: a time, a state, money, names with values, what the API refused.
import type { ComponentChildren } from "preact";
import { href } from "console/route";
import { t, term, time, fill } from "console/language";
import type { Refusal } from "console/api";
import type { Loaded } from "console/load";

const good = new Set(["granted", "active", "paid", "fulfilled", "done", "ok", "administrator", "in", "resolved", "trial"]);
const bad = new Set(["unsettled", "dead", "failed", "disputed", "banned", "charged_back", "revoked", "breached", "disabled"]);
const warn = new Set(["held", "waiting", "past_due", "grace", "partly_refunded", "open", "pending", "paused", "cancelling"]);

export function When({ at }: { at?: string | null }) {
    return at ? <time dateTime={at} title={at}>{time(at)}</time> : <span class="soft">–</span>;
}

export function State({ of }: { of?: string | null }) {
    if (!of) return <span class="soft">–</span>;
    const kind = good.has(of) ? "good" : bad.has(of) ? "bad" : warn.has(of) ? "warn" : "";
    return <span class={`badge ${kind}`}>{term(of)}</span>;
}

export function Money({ amount, currency }: { amount?: string; currency?: string }) {
    return amount === undefined ? <span class="soft">–</span> : <span class="money">{amount} {currency}</span>;
}

export function MemberLink({ id }: { id?: number | null }) {
    return id ? <a href={href(`/members/${id}`)}>{id}</a> : <span class="soft">–</span>;
}

export function PaymentLink({ gateway, id }: { gateway: string; id: string }) {
    return <a href={href(`/payments/${encodeURIComponent(gateway)}/${encodeURIComponent(id)}`)}>{id}</a>;
}

/** Names with values; null leaves a row out. */
export function Fields({ rows }: { rows: [string, ComponentChildren | null | undefined][] }) {
    return (
        <dl class="fields">
            {rows.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => (
                <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
            ))}
        </dl>
    );
}

export function Card({ title, acts, children, wide }: {
    title?: string; acts?: ComponentChildren; children?: ComponentChildren; wide?: boolean;
}) {
    return (
        <section class={wide ? "card wide" : "card"}>
            {(title || acts) && <header><h2>{title}</h2>{acts && <div class="acts">{acts}</div>}</header>}
            {children}
        </section>
    );
}

export function Refused({ refusal }: { refusal: Refusal }) {
    return (
        <div class="refused" role="alert">
            <strong>{refusal.status === 0 ? t("unreachable") : fill(t("refused"), { status: refusal.status })}</strong>
            {refusal.message !== "" && <p lang="en">{refusal.message}</p>}
        </div>
    );
}

/** What is there, or why it is not. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
    return (
        <>
            {of.refusal && of.refusal.status !== 401 && <Refused refusal={of.refusal} />}
            {of.data !== null ? children(of.data) : of.busy && <p class="soft" aria-busy="true">{t("loading")}</p>}
        </>
    );
}

/** A small table of what is at hand; a list that pages is list.tsx's. */
export function Rows<T>({ of, columns, none }: {
    of: T[]; columns: { head: string; cell: (row: T) => ComponentChildren; figure?: boolean }[]; none?: string;
}) {
    if (of.length === 0) return <p class="soft">{none ?? t("none")}</p>;
    return (
        <table>
            <thead><tr>{columns.map((column) => <th scope="col" class={column.figure ? "figure" : ""}>{column.head}</th>)}</tr></thead>
            <tbody>
                {of.map((row) => (
                    <tr>{columns.map((column) => (
                        <td data-head={column.head} class={column.figure ? "figure" : ""}>{column.cell(row)}</td>
                    ))}</tr>
                ))}
            </tbody>
        </table>
    );
}
