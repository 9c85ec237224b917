// One value that components follow. All state that is not in the URL or on the server: who is asking, the language, the theme.
import { useEffect, useState } from "preact/hooks";

export interface Store<T> {
    get(): T;
    set(value: T): void;
    /** The value, in a component that is drawn again when it changes. */
    use(): T;
}

export function store<T>(value: T): Store<T> {
    const listeners = new Set<() => void>();
    return {
        get: () => value,
        set(next) {
            value = next;
            for (const listener of [...listeners]) listener();
        },
        use() {
            const [, redraw] = useState(0);
            const drawn = value;
            useEffect(() => {
                const listener = () => redraw((n) => n + 1);
                listeners.add(listener);
                if (value !== drawn) listener(); // it changed before anybody listened
                return () => void listeners.delete(listener);
            }, []);
            return value;
        },
    };
}
