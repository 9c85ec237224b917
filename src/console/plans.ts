// The plans of the configuration, for what asks for one: as the ledger counts them.
import { useGet } from "console/load";

export interface Status {
    applied: number;
    members: number;
    unsettled: number;
    removals_held: boolean;
    deliveries: Record<string, number>;
    plans: { plan: string; members: number; held: number; seats?: number }[];
}

export function usePlans(): { names: string[]; status: Status | null } {
    const { data } = useGet<Status>("status");
    return { names: data?.plans.map((row) => row.plan) ?? [], status: data };
}

export const periods = ["1 month", "3 months", "6 months", "1 year", "7 days", "30 days"] as const;
