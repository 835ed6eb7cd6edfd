import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { useMay } from "@/api/profile";
import { SPANS } from "@/lib/since";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import { SuggestBox } from "@/ui/SuggestBox";
import type { JobFilter } from "./jobFilter";
import { JOB_TYPES, typeWords } from "./jobWords";

interface JobFiltersProps {
  filter: JobFilter;
  narrowed: boolean;
  /** Who asked for the jobs that are shown. */
  people: readonly string[];
  set: (changes: Record<string, string>) => void;
}

const NONE = { type: "", drive: "", by: "", since: "" };

export function JobFilters({ filter, narrowed, people, set }: JobFiltersProps) {
  const types = filter.type && !JOB_TYPES.includes(filter.type) ? [...JOB_TYPES, filter.type] : JOB_TYPES;
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <DriveBox value={filter.drive} onChange={(drive) => set({ drive })} />
      <SuggestBox
        label="Asked for by"
        className="grow basis-36 sm:max-w-56"
        value={filter.by}
        suggestions={people}
        onChange={(by) => set({ by })}
      />
      <Select
        label="Type"
        bare
        className="max-sm:grow"
        options={[
          { value: "", label: "Any type" },
          ...types.map((type) => ({ value: type, label: typeWords(type) })),
        ]}
        value={filter.type}
        onChange={(event) => set({ type: event.target.value })}
      />
      <Select
        label="Asked for"
        bare
        className="max-sm:grow"
        options={[{ value: "", label: "At any time" }, ...SPANS]}
        value={filter.since}
        onChange={(event) => set({ since: event.target.value })}
      />
      {narrowed && (
        <Button kind="quiet" onClick={() => set(NONE)}>
          Clear
        </Button>
      )}
    </div>
  );
}

/** A drive by its code or number, with the codes that fit what is typed. */
function DriveBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const may = useMay();
  const [typed, setTyped] = useState("");
  const q = typed.trim();
  const found = useQuery({
    queryKey: ["drives", "codes", q],
    queryFn: async () => unwrap(await api.GET("/drives", { params: { query: { q, limit: 8 } } })).items,
    enabled: q.length > 1 && may("drive.read"),
    staleTime: 60_000,
  });
  return (
    <SuggestBox
      label="Drive, by code or number"
      search
      className="grow basis-44 sm:max-w-64"
      value={value}
      suggestions={found.data?.map((drive) => drive.code) ?? []}
      onTyped={setTyped}
      onChange={onChange}
    />
  );
}
