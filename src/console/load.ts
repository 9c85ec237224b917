// What a page shows, asked of the API: once, again on demand, or every while as long as somebody looks.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refusal } from "console/api";
import { store } from "console/store";

/** Counts the acts that were done: what is shown is asked for anew after each. */
export const changes = store(0);

export interface Loaded<T> {
    data: T | null; // the last there was, also while it is asked for anew
    refusal: Refusal | null;
    busy: boolean;
    again: () => void;
}

export function useGet<T>(where: string | null, everyMs = 0): Loaded<T> {
    const [state, setState] = useState<{ where: string | null; data: T | null; refusal: Refusal | null; busy: boolean }>(
        { where, data: null, refusal: null, busy: where !== null },
    );
    const acts = changes.use();
    const [turn, setTurn] = useState(0);
    const again = useRef(() => setTurn((n) => n + 1)).current;

    useEffect(() => {
        if (where === null) return;
        const control = new AbortController();
        let timer = 0;
        let running = false;
        const load = async () => {
            if (running) return;
            running = true;
            setState((old) => ({ ...old, busy: true, data: old.where === where ? old.data : null, where }));
            try {
                const data = await ask<T>(where, control.signal);
                setState({ where, data, refusal: null, busy: false });
            } catch (error) {
                if (control.signal.aborted) return;
                if (!(error instanceof Refusal)) throw error;
                setState((old) => ({ where, data: old.data, refusal: error, busy: false }));
            }
            running = false;
            if (everyMs > 0 && !document.hidden && !control.signal.aborted) timer = setTimeout(load, everyMs);
        };
        const looked = () => {
            clearTimeout(timer);
            if (!document.hidden) void load();
        };
        void load();
        if (everyMs > 0) document.addEventListener("visibilitychange", looked);
        return () => {
            control.abort();
            clearTimeout(timer);
            document.removeEventListener("visibilitychange", looked);
        };
    }, [where, everyMs, turn, acts]);

    const current = state.where === where;
    return {
        data: current ? state.data : null,
        refusal: current ? state.refusal : null,
        busy: state.busy || !current,
        again,
    };
}
