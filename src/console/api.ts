// The API as the console asks it: JSON, the session's cookie, its token with each change, a key with each act.
import { store } from "console/store";

export type Role = "owner" | "finance" | "support" | "moderator" | "viewer";
export interface Session {
    telegram_id: number | null;
    name: string;
    role: Role;
    until: string;
    token: string;
}

/** undefined: not asked yet; null: nobody is signed in. */
export const session = store<Session | null | undefined>(undefined);

/** What the API said when it did not do it, in its own words. */
export class Refusal extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        detail: string,
    ) {
        super(detail);
    }
}

export type Query = Record<string, string | number | undefined>;

/** A path below /api/v1/, each piece escaped. */
export function path(...pieces: (string | number)[]): string {
    return pieces.map((piece) => encodeURIComponent(piece)).join("/");
}

export function withQuery(base: string, query: Query): string {
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
    const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join("&");
    return text === "" ? base : `${base}?${text}`;
}

async function call<T>(method: string, where: string, init: RequestInit): Promise<T> {
    let answer: Response;
    try {
        answer = await fetch(`/api/v1/${where}`, { method, credentials: "same-origin", cache: "no-store", ...init });
    } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") throw error;
        throw new Refusal(0, "unreachable", "");
    }
    const text = await answer.text();
    let body: unknown = null;
    try {
        body = text === "" ? null : JSON.parse(text);
    } catch {
        body = null;
    }
    if (answer.ok) return body as T;
    if (answer.status === 401) session.set(null);
    const problem = (body ?? {}) as { code?: string; detail?: string };
    throw new Refusal(answer.status, problem.code ?? "", problem.detail ?? answer.statusText);
}

export function ask<T>(where: string, signal?: AbortSignal): Promise<T> {
    return call<T>("GET", where, { signal });
}

/** One act. The same key and body is the same act, however often it is sent. */
export function send<T>(method: string, where: string, body: object | null, key: string): Promise<T> {
    const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": key };
    const own = session.get();
    if (own) headers["X-Usher-Token"] = own.token;
    return call<T>(method, where, { headers, body: body === null ? undefined : JSON.stringify(body) });
}

export function newKey(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Asks who is signed in; null when nobody is. */
export async function whoAmI(): Promise<void> {
    try {
        session.set(await ask<Session>("session"));
    } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        session.set(null);
    }
}

/** The code of a one-time address becomes a session. */
export async function signIn(code: string): Promise<void> {
    await send("POST", "session", { code }, newKey());
    await whoAmI();
}

export async function signOut(): Promise<void> {
    try {
        await send("DELETE", "session", null, newKey());
    } catch (error) {
        if (!(error instanceof Refusal)) throw error;
    }
    session.set(null);
}
