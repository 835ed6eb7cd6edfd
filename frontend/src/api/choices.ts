import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** Colleges, branches, programmes and batches that occur among the students in sight. */
export function useChoices() {
  return useQuery({
    queryKey: ["choices"],
    queryFn: async () => unwrap(await api.GET("/students/choices")),
    staleTime: 5 * 60_000,
  });
}

/** Whether colleges have to be told apart: there are several. */
export function useSeveralColleges(): boolean {
  const { data } = useChoices();
  return (data?.colleges.length ?? 0) > 1;
}
