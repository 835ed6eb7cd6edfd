import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { useSettled } from "@/lib/useSettled";
import { Suggest } from "@/ui/Suggest";

interface DriveInputProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  bare?: boolean;
  hint?: string;
  className?: string;
  required?: boolean;
}

const SUGGESTED = 12;

/** A drive's code, found by a part of it, of the company or of the title. */
export function DriveInput(props: DriveInputProps) {
  const q = useSettled(props.value.trim());
  const { data } = useQuery({
    queryKey: ["drives", "suggested", q],
    queryFn: async () =>
      unwrap(await api.GET("/drives", { params: { query: { q: q || undefined, limit: SUGGESTED } } })).items,
    placeholderData: (before) => before,
  });
  const suggestions = data?.map((drive) => ({
    value: drive.code,
    label: `${drive.company} · ${drive.title}`,
  }));
  return <Suggest placeholder="Drive's code or company" {...props} suggestions={suggestions ?? []} />;
}
