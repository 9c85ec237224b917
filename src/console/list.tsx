// A list of the API: filters that stand in the URL with a reset, pages by cursor, and how fresh it is.
import type { ComponentChildren } from "preact";
import { withQuery, type Query } from "console/api";
import { useGet } from "console/load";
import { go, href, route } from "console/route";
import { t, term, fill } from "console/language";
import { Rows, Shown, When } from "console/show";

export interface Filter {
    name: string;
    label: string;
    options?: readonly string[]; // of the API's own words; none: a text
    type?: "search" | "number" | "date";
}

export interface Column<T> {
    head: string;
    cell: (row: T) => ComponentChildren;
    figure?: boolean;
}

interface Answer {
    next_cursor?: string | null;
    as_of?: string;
}

const limit = 50;

/** what: the list's path in the API and, where it is another, the member of the answer that holds it. */
export function List<T>({ what, things = what, page, filters = [], columns, note }: {
    what: string; things?: string; page: string; filters?: Filter[]; columns: Column<T>[];
    note?: (answer: Record<string, unknown>) => ComponentChildren;
}) {
    const { query } = route.use();
    const asked: Query = { limit, cursor: query.get("cursor") ?? undefined };
    for (const filter of filters) {
        const value = query.get(filter.name) ?? "";
        asked[filter.name] = filter.type === "date" && value !== "" ? `${value}T00:00:00Z` : value;
    }
    const loaded = useGet<Answer & Record<string, T[]>>(withQuery(what, asked));
    const given = Object.fromEntries(filters.map((filter) => [filter.name, query.get(filter.name) ?? ""]));
    const filtered = Object.values(given).some((value) => value !== "");
    const cursor = loaded.data?.next_cursor;
    return (
        <section class="card wide">
            {filters.length > 0 && <Filters page={page} filters={filters} given={given} filtered={filtered} />}
            <Shown of={loaded}>{(answer) => (
                <>
                    {note?.(answer)}
                    <Rows of={answer[things] ?? []} columns={columns} none={filtered ? t("none_fit") : t("none")} />
                    <footer class="pager">
                        {query.get("cursor") && <a class="button" href={href(page, given)}>{t("first_page")}</a>}
                        {cursor && <a class="button" href={href(page, { ...given, cursor })}>{t("next")}</a>}
                        <button type="button" class="plain" onClick={loaded.again} disabled={loaded.busy}>{t("refresh")}</button>
                        {answer.as_of && <span class="soft">{t("as_of")} <When at={answer.as_of} /></span>}
                    </footer>
                </>
            )}</Shown>
        </section>
    );
}

function Filters({ page, filters, given, filtered }: {
    page: string; filters: Filter[]; given: Record<string, string>; filtered: boolean;
}) {
    const submit = (event: SubmitEvent) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget as HTMLFormElement);
        go(href(page, Object.fromEntries(filters.map((filter) => [filter.name, String(data.get(filter.name) ?? "").trim()]))));
    };
    const turn = (event: Event) => (event.currentTarget as HTMLSelectElement).form?.requestSubmit();
    return (
        <form class="filters" role="search" onSubmit={submit} key={JSON.stringify(given)}>
            {filters.map((filter) => (
                <label key={filter.name}>
                    <span>{filter.label}</span>
                    {filter.options ? (
                        <select name={filter.name} onChange={turn}>
                            <option value="">{t("all")}</option>
                            {filter.options.map((option) => (
                                <option value={option} selected={given[filter.name] === option}>{term(option)}</option>
                            ))}
                            {given[filter.name] !== "" && !filter.options.includes(given[filter.name]) &&
                                <option value={given[filter.name]} selected>{given[filter.name]}</option>}
                        </select>
                    ) : (
                        <input name={filter.name} type={(filter.type ?? "text") as "text"} defaultValue={given[filter.name]}
                            autoComplete="off" spellcheck={false} maxLength={200} />
                    )}
                </label>
            ))}
            <button type="submit">{t("search")}</button>
            <a class={filtered ? "button" : "button off"} href={href(page)} title={fill(t("reset_of"), { page })}>{t("reset")}</a>
        </form>
    );
}
