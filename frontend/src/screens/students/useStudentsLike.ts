import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { studentRef } from "@/lib/students";
import { useSettled } from "@/lib/useSettled";
import type { Suggestion } from "@/ui/Suggest";

const SUGGESTED = 12;

/** Students by how the roll number or a word of the name begins, each as `COLLEGE:ROLL_NO`. */
export function useStudentsLike(typed: string): Suggestion[] {
  const q = useSettled(typed.slice(typed.indexOf(":") + 1).trim());
  const { data } = useQuery({
    queryKey: ["students", "suggested", q],
    queryFn: async () =>
      unwrap(await api.GET("/students", { params: { query: { q, limit: SUGGESTED } } })).items,
    enabled: q.length > 1,
    placeholderData: (before) => before,
  });
  const suggestions = data?.map((student) => ({
    value: studentRef(student),
    label: [student.name, student.branch, student.batch_year].filter(Boolean).join(" · "),
  }));
  return suggestions ?? [];
}
