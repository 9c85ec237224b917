// The console: who is asking, the menu, and the page that the address names.
import { render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { pages } from "console-pages";
import { Refusal, session, signIn, signOut, whoAmI, type Session } from "console/api";
import { said } from "console/act";
import { useGet } from "console/load";
import { followLinks, go, href, match, route } from "console/route";
import { chooseLanguage, fill, language, languages, t, term, time, type Language } from "console/language";
import { store } from "console/store";
import type { Page } from "console/page";

type Theme = "auto" | "light" | "dark";
const themes: Theme[] = ["auto", "light", "dark"];
const kept = "usher-theme";
const theme = store<Theme>(themes.find((name) => name === localStorage.getItem(kept)) ?? "auto");

function App() {
    const who = session.use();
    const lang = language.use();
    document.documentElement.lang = lang;
    document.documentElement.dataset.theme = theme.use();
    if (who === undefined) return <p class="soft" aria-busy="true">{t("loading")}</p>;
    return who === null ? <Login /> : <Signed who={who} />;
}

const trying = store(false);
const worthless = store(false); // the last code was refused

/** A one-time address: its code leaves the address bar and becomes a session, whoever was signed in. */
async function takeCode() {
    const code = /^#login=(.+)$/.exec(location.hash)?.[1];
    if (!code) return;
    history.replaceState(null, "", location.pathname + location.search);
    trying.set(true);
    worthless.set(false);
    try {
        await signIn(code);
    } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        worthless.set(true);
        await whoAmI();
    }
    trying.set(false);
}

function Login() {
    const busy = trying.use();
    const failed = worthless.use();
    useEffect(() => {
        document.title = `${t("login")} · usher`;
    }, []);
    return (
        <main class="login">
            <section class="card">
                <h1>{t("login")}</h1>
                {busy && <p aria-busy="true">{t("login_tries")}</p>}
                {failed && <p class="refused" role="alert">{t("login_failed")}</p>}
                <p>{t("login_how")}</p>
                <pre>usher console login</pre>
                <p>{t("login_then")}</p>
            </section>
            <Choices />
        </main>
    );
}

function Choices() {
    const lang = language.use();
    return (
        <div class="choices">
            <label><span class="unseen">{t("language")}</span>
                <select onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
                    {languages.map((row) => (
                        <option value={row.name} selected={row.name === lang} lang={row.name}>{row.label}</option>
                    ))}
                </select>
            </label>
            <label><span class="unseen">{t("theme")}</span>
                <select onChange={(event) => {
                    theme.set(event.currentTarget.value as Theme);
                    localStorage.setItem(kept, theme.get());
                }}>
                    {themes.map((name) => (
                        <option value={name} selected={name === theme.get()}>{t(`theme_${name}`)}</option>
                    ))}
                </select>
            </label>
        </div>
    );
}

function Signed({ who }: { who: Session }) {
    const at = route.use();
    const [open, setOpen] = useState(false);
    const [help, setHelp] = useState(false);
    const shown = pages.filter((page) => page.menu !== undefined && (!page.roles || page.roles.includes(who.role)))
        .sort((a, b) => a.menu! - b.menu!);
    useKeys(shown, () => setHelp(true));
    useEffect(() => setOpen(false), [at]);
    return (
        <div class="shell">
            <a class="skip" href="#content">{t("skip")}</a>
            <header class="bar">
                <a class="brand" href={href("/")}>usher</a>
                <button type="button" class="plain menu" aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
                    {t("menu")}
                </button>
            </header>
            <nav id="menu" class={open ? "open" : ""} aria-label={t("menu")}>
                <div class="inside">
                    <ul>{shown.map((page) => <MenuItem key={page.path} page={page} path={at.path} />)}</ul>
                    <Choices />
                    <Who who={who} help={() => setHelp(true)} />
                </div>
            </nav>
            <main id="content" tabIndex={-1}>
                <TestClock />
                <Content path={at.path} />
                <Said />
            </main>
            {help && <Keys pages={shown} close={() => setHelp(false)} />}
        </div>
    );
}

function Who({ who, help }: { who: Session; help: () => void }) {
    return (
        <div class="who">
            <span>{fill(t("signed_in"), { name: who.name || String(who.telegram_id ?? ""), role: term(who.role) })}</span>
            {who.until && <small class="soft">{fill(t("until"), { time: time(who.until) })}</small>}
            <button type="button" class="plain" onClick={() => void signOut()}>{t("sign_out")}</button>
            <button type="button" class="plain" onClick={help}>{t("keys")} <kbd>?</kbd></button>
        </div>
    );
}

function MenuItem({ page, path }: { page: Page; path: string }) {
    const here = page.path === path || (page.path !== "/" && path.startsWith(`${page.path}/`));
    return (
        <li><a href={href(page.path)} aria-current={here ? "page" : undefined}>{page.title[language.get()]}</a></li>
    );
}

function Content({ path }: { path: string }) {
    const heading = useRef<HTMLHeadingElement>(null);
    const first = useRef(true);
    let found: Page | undefined;
    let values: Record<string, string> | null = null;
    for (const page of pages) {
        values = match(page.path, path);
        found = page;
        if (values) break;
    }
    const title = values && found ? found.title[language.get()] : t("no_page");
    const shown = values && Object.keys(values).length > 0 ? `${title} ${Object.values(values).join(" ")}` : title;
    useEffect(() => {
        document.title = `${shown} · usher`;
    }, [shown]);
    useEffect(() => {
        if (!first.current) heading.current?.focus();
        first.current = false;
    }, [path]);
    const View = found?.view;
    return (
        <>
            <h1 ref={heading} tabIndex={-1}>{shown}</h1>
            {values && View ? <View key={path} values={values} /> : <p><a href={href("/")}>{t("no_page_back")}</a></p>}
        </>
    );
}

function Said() {
    const what = said.use();
    useEffect(() => {
        if (what === "") return;
        const timer = setTimeout(() => said.set(""), 5000);
        return () => clearTimeout(timer);
    }, [what]);
    return <div class="said" role="status">{what !== "" && <p>{fill(t("done"), { what })}</p>}</div>;
}

/** A clock that was moved says so on every page: what is shown is not today's. */
function TestClock() {
    const { data } = useGet<{ clock_ahead_seconds?: number }>("status");
    const ahead = data?.clock_ahead_seconds ?? 0;
    const now = new Date(Date.now() + ahead * 1000).toISOString();
    return ahead > 0 ? <p class="tells" role="note">{fill(t("test_clock"), { time: time(now) })}</p> : null;
}

function useKeys(shown: Page[], help: () => void) {
    const now = useRef({ shown, help });
    now.current = { shown, help };
    useEffect(() => {
        let gone = false;
        const press = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog")) return;
            const page = gone && now.current.shown.find((row) => row.key === event.key);
            gone = event.key === "g";
            if (page) go(href(page.path));
            else if (event.key === "?") now.current.help();
            else if (event.key === "/") document.querySelector<HTMLElement>("form.filters input, form.filters select")?.focus();
            else return;
            event.preventDefault();
        };
        addEventListener("keydown", press);
        return () => removeEventListener("keydown", press);
    }, []);
}

function Keys({ pages: shown, close }: { pages: Page[]; close: () => void }) {
    const dialog = useRef<HTMLDialogElement>(null);
    useLayoutEffect(() => dialog.current?.showModal(), []);
    return (
        <dialog ref={dialog} onClose={close} aria-label={t("keys")}>
            <form method="dialog">
                <h2>{t("keys")}</h2>
                <dl class="fields">
                    <div><dt><kbd>/</kbd></dt><dd>{t("keys_search")}</dd></div>
                    <div><dt><kbd>?</kbd></dt><dd>{t("keys_this")}</dd></div>
                    <div><dt><kbd>g</kbd></dt><dd>{t("keys_go")}</dd></div>
                    {shown.filter((page) => page.key).map((page) => (
                        <div key={page.path}><dt><kbd>g</kbd> <kbd>{page.key}</kbd></dt><dd>{page.title[language.get()]}</dd></div>
                    ))}
                </dl>
                <div class="acts"><button class="first">OK</button></div>
            </form>
        </dialog>
    );
}

followLinks();
addEventListener("hashchange", () => void takeCode()); // the address opened in a tab that is here already
void whoAmI().then(takeCode);
render(<App />, document.getElementById("app")!);
