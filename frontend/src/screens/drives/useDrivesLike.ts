import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { useSettled } from "@/lib/useSettled";
import type { Suggestion } from "@/ui/Suggest";

const SUGGESTED = 12;

/** Codes of drives by a part of the code, the company or the title; the newest ones while nothing is typed. */
export function useDrivesLike(typed: string): Suggestion[] {
  const q = useSettled(typed.trim());
  const { data } = useQuery({
    queryKey: ["drives", "suggested", q],
    queryFn: async () =>
      unwrap(await api.GET("/drives", { params: { query: { q: q || undefined, limit: SUGGESTED } } })).items,
    placeholderData: (before) => before,
  });
  return data?.map(({ code, company, title }) => ({ value: code, label: `${company} · ${title}` })) ?? [];
}
