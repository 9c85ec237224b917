// The API's things, as far as the console shows them.
export interface Payment {
    gateway: string;
    payment_id: string;
    kind: string;
    state: string;
    reason?: string;
    amount?: string;
    currency?: string;
    plan?: string;
    telegram_id?: number;
    order_id?: string;
    at: string;
}
export interface PaymentList {
    payments: Payment[];
    unsettled?: number;
    next_cursor?: string | null;
}
export interface Entitlement {
    plan: string;
    status: string;
    since?: string;
    until?: string;
}
export interface Delivery {
    id: number;
    kind: string;
    state: string;
    attempts: number;
    bot?: string;
    lane?: string;
    telegram_id?: number;
    group?: string;
    created: string;
    finished?: string;
    error?: string;
}
export interface Order {
    order_id: string;
    state: string;
    telegram_id?: number;
    plan: string;
    period?: string;
    amount?: string;
    currency?: string;
    lines?: { kind: string; ref: string; amount: string }[];
    created?: string;
    expires?: string;
    pay_url?: string;
    page_url?: string;
    gateway?: string;
}
export interface Ticket {
    ticket_id: string;
    telegram_id: number;
    category: string;
    state: string;
    assignee: number | null;
    opened: string | null;
    first_answer: string | null;
    closed: string | null;
    sla: { first_due: string | null; resolve_due: string | null; breached: boolean };
    score: number | null;
}
export interface Member {
    telegram_id: number;
    name: string;
    username?: string;
    language: string;
    known_since: string;
    reachable: boolean;
    banned?: boolean;
    entitlements: Entitlement[];
    payment_count?: number;
    groups?: { group: string; entitled: boolean; place: string }[];
    orders?: Order[];
    payments?: Payment[];
    deliveries?: Delivery[];
    subscriptions?: { gateway?: string; state?: string; plan?: string; next_charge?: string | null; id?: string }[];
    credit?: Record<string, string>;
    points?: Record<string, number>;
    tickets?: Ticket[];
}
