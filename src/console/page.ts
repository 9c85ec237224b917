// A page's row: where it is, what it is called, who sees it in the menu, and what draws it.
import type { ComponentChildren } from "preact";
import type { Role } from "console/api";
import type { Language } from "console/language";

export interface Page {
    path: string; // "/members/:id"
    title: Record<Language, string>;
    menu?: number; // its place; none: reached from another page
    key?: string; // after g, on the keyboard
    roles?: Role[]; // whose menu it is in; all. What may be done, the API says.
    view: (props: { values: Record<string, string> }) => ComponentChildren;
}

export const money: Role[] = ["owner", "finance", "viewer"];
export const help: Role[] = ["owner", "support", "viewer"];
