import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { studentRef } from "@/lib/students";
import { useSettled } from "@/lib/useSettled";
import { Suggest } from "@/ui/Suggest";

interface StudentInputProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  bare?: boolean;
  hint?: string;
  className?: string;
  required?: boolean;
}

const SUGGESTED = 12;

/** A roll number, found by its beginning or by a name; what is offered names the college too. */
export function StudentInput(props: StudentInputProps) {
  const q = useSettled(props.value.slice(props.value.indexOf(":") + 1).trim());
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
  return <Suggest placeholder="Roll number or name" {...props} suggestions={suggestions ?? []} />;
}
