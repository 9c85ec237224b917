// Languages and words. Each text stands in all three languages, side by side or in words/LANGUAGE.ts; one that is missing
// does not compile (tests/console/check).
import { store } from "console/store";
import { en } from "console/words/en";
import { zhHans } from "console/words/zh-Hans";
import { zhHant } from "console/words/zh-Hant";

export type Language = "en" | "zh-Hans" | "zh-Hant";
export const languages: { name: Language; label: string }[] = [
    { name: "en", label: "English" },
    { name: "zh-Hans", label: "简体中文" },
    { name: "zh-Hant", label: "繁體中文" },
];

const kept = "usher-language";

/** What the browser asks for, where nobody chose. */
export function preferred(wanted: readonly string[]): Language {
    for (const tag of wanted) {
        const low = tag.toLowerCase();
        if (/^zh-(hant|tw|hk|mo)/.test(low)) return "zh-Hant";
        if (low.startsWith("zh")) return "zh-Hans";
        if (low.startsWith("en")) return "en";
    }
    return "en";
}

function first(): Language {
    const chosen = localStorage.getItem(kept);
    return languages.find((row) => row.name === chosen)?.name ?? preferred(navigator.languages);
}

export const language = store<Language>(first());

export function chooseLanguage(name: Language) {
    localStorage.setItem(kept, name);
    language.set(name);
}

/** A page's own words: the same keys in each language. */
export function catalogue<K extends string>(texts: Record<Language, Record<K, string>>): (key: K) => string {
    return (key) => texts[language.get()][key];
}

export type Words = Record<keyof typeof en, string>;
export const t = catalogue<keyof Words>({ en, "zh-Hans": zhHans, "zh-Hant": zhHant });

/** A word of the API's, such as a state, in the reader's language; as it is where we have none. */
export function term(word: string): string {
    const key = `is_${word}` as keyof Words;
    return key in en ? t(key) : word.replaceAll("_", " ");
}

/** "{n} members" with n = 5. */
export function fill(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

export function time(iso: string): string {
    const at = new Date(iso);
    return new Intl.DateTimeFormat(language.get(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}

export function count(n: number): string {
    return new Intl.NumberFormat(language.get()).format(n);
}
