// Where the reader is: a path below /console and its query, which holds the filters of a list.
import { store } from "console/store";

export interface Route {
    path: string; // "/members/7"
    query: URLSearchParams;
}

const root = "/console";

function read(): Route {
    const path = location.pathname.startsWith(`${root}/`) ? location.pathname.slice(root.length) : "/";
    return { path, query: new URLSearchParams(location.search) };
}

export const route = store<Route>(read());

/** The address of a page: href("/members", {plan: "core"}). Empty values are left out. */
export function href(path: string, query: Record<string, string> = {}): string {
    const pairs = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
    const text = pairs.toString();
    return root + path + (text === "" ? "" : `?${text}`);
}

export function go(address: string, replace = false) {
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    route.set(read());
    if (!replace) scrollTo(0, 0);
}

/** Plain links of ours turn the page without loading anew. */
export function followLinks() {
    addEventListener("popstate", () => route.set(read()));
    document.addEventListener("click", (event) => {
        const link = (event.target as Element).closest?.("a");
        if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
            return;
        if (link.origin !== location.origin || !link.pathname.startsWith(`${root}/`) || link.target !== "") return;
        if (link.hash !== "") return;
        event.preventDefault();
        go(link.pathname + link.search);
    });
}

/** The values of a pattern such as "/members/:id"; null when the path is another. */
export function match(pattern: string, path: string): Record<string, string> | null {
    const wanted = pattern.split("/");
    const given = path.split("/");
    const values: Record<string, string> = {};
    if (wanted.length !== given.length) return null;
    for (let i = 0; i < wanted.length; i++) {
        if (!wanted[i].startsWith(":")) {
            if (wanted[i] !== given[i]) return null;
            continue;
        }
        try {
            values[wanted[i].slice(1)] = decodeURIComponent(given[i]);
        } catch {
            return null;
        }
        if (given[i] === "") return null;
    }
    return values;
}
