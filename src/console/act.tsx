// A change: a button that opens a form, which says what it will do before it does it, asks why,
// and shows the API's own words when it refuses. A form keeps its key until what it says changes, so pressing twice is once.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { newKey, Refusal, send } from "console/api";
import { t, term } from "console/language";
import { changes } from "console/load";
import { Refused } from "console/show";
import { store } from "console/store";

export interface Field {
    name: string;
    label: string;
    type?: "text" | "number" | "long" | "amount";
    options?: readonly string[];
    suggest?: readonly string[];
    value?: string;
    optional?: boolean;
    hint?: string;
    none?: string; // what no choice is called
    plain?: boolean; // the options are names, not words of the API's
}

export type Values = Record<string, string>;

export interface ActProps {
    label: string;
    method?: "POST" | "DELETE" | "PUT";
    path: string | ((values: Values) => string);
    fields?: Field[];
    reason?: boolean | "optional"; // asked for, unless what is filled in says it
    tell: (values: Values) => ComponentChildren; // what will be done
    body?: (values: Values, key: string) => object; // where it is not the fields as they are
    more?: (values: Values) => ComponentChildren; // to look at before
    grave?: boolean;
    done?: (answer: unknown, values: Values) => void; // besides asking anew for what is shown
}

/** What was done last, said at the foot of the page. */
export const said = store<string>("");

export function Act(props: ActProps) {
    const [open, setOpen] = useState(false);
    return (
        <>
            <button type="button" class={props.grave ? "grave" : ""} onClick={() => setOpen(true)}>{props.label}</button>
            {open && <Form {...props} close={() => setOpen(false)} />}
        </>
    );
}

function allFields({ fields = [], reason = true }: ActProps): Field[] {
    if (reason === false) return fields;
    return [...fields, { name: "reason", label: t("reason"), optional: reason === "optional", hint: t("reason_hint") }];
}

function plainBody(fields: Field[], values: Values): object {
    const body: Record<string, string | number> = {};
    for (const field of fields) {
        const value = (values[field.name] ?? "").trim();
        if (value !== "") body[field.name] = field.type === "number" ? Number(value) : value;
    }
    return body;
}

function Form(props: ActProps & { close: () => void }) {
    const fields = allFields(props);
    const [values, setValues] = useState<Values>(Object.fromEntries(fields.map((field) => [field.name, field.value ?? ""])));
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const [busy, setBusy] = useState(false);
    const dialog = useRef<HTMLDialogElement>(null);
    const sent = useRef({ body: "", key: newKey() });
    useLayoutEffect(() => dialog.current?.showModal(), []); // before anybody can type into it
    const complete = fields.every((field) => field.optional || (values[field.name] ?? "").trim() !== "");

    const submit = async (event: SubmitEvent) => {
        event.preventDefault();
        const method = props.method ?? "POST";
        const where = typeof props.path === "string" ? props.path : props.path(values);
        const text = where + JSON.stringify(values);
        if (sent.current.body !== text) sent.current = { body: text, key: newKey() };
        const { key } = sent.current;
        const body = method === "DELETE" ? null : props.body ? props.body(values, key) : plainBody(fields, values);
        const why = method === "DELETE" && values.reason?.trim() ? `?reason=${encodeURIComponent(values.reason.trim())}` : "";
        setBusy(true);
        setRefusal(null);
        try {
            const answer = await send(method, where + why, body, key);
            props.close();
            said.set(props.label);
            changes.set(changes.get() + 1);
            props.done?.(answer, values);
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            setRefusal(error);
            setBusy(false);
        }
    };
    return (
        <dialog ref={dialog} onClose={props.close} aria-label={props.label}>
            <form onSubmit={submit}>
                <h2>{props.label}</h2>
                {fields.map((field) => <Input key={field.name} field={field} value={values[field.name] ?? ""}
                    set={(value) => setValues((old) => ({ ...old, [field.name]: value }))} />)}
                {props.more?.(values)}
                <div class={props.grave ? "tells grave" : "tells"} aria-live="polite">
                    <strong>{t("will_do")}</strong>
                    <p>{complete ? props.tell(values) : t("fill_in")}</p>
                </div>
                {refusal && <Refused refusal={refusal} />}
                <div class="acts">
                    <button type="button" class="plain" onClick={props.close}>{t("cancel")}</button>
                    <button type="submit" class={props.grave ? "first grave" : "first"} disabled={busy} aria-busy={busy}>
                        {props.label}
                    </button>
                </div>
            </form>
        </dialog>
    );
}

function Input({ field, value, set }: { field: Field; value: string; set: (value: string) => void }) {
    const change = (event: Event) => set((event.currentTarget as HTMLInputElement).value);
    const common = { name: field.name, value, required: !field.optional, autoComplete: "off" as const };
    const list = field.suggest && `suggest-${field.name}`;
    return (
        <label>
            <span>{field.label}{field.optional && <small> ({t("optional")})</small>}</span>
            {field.options ? (
                <select name={field.name} required={!field.optional} onChange={change}>
                    <option value="">{field.none ?? ""}</option>
                    {field.options.map((option) => (
                        <option key={option} value={option} selected={option === value}>{field.plain ? option : term(option)}</option>
                    ))}
                </select>
            ) : field.type === "long" ? (
                <textarea {...common} rows={5} maxLength={4096} onInput={change} />
            ) : (
                <input {...common} onInput={change} list={list} maxLength={512}
                    inputMode={field.type === "number" ? "numeric" : field.type === "amount" ? "decimal" : "text"}
                    pattern={field.type === "number" ? "-?[0-9]+" : undefined} />
            )}
            {field.suggest && <datalist id={list}>{field.suggest.map((text) => <option value={text} />)}</datalist>}
            {field.hint && <small>{field.hint}</small>}
        </label>
    );
}
