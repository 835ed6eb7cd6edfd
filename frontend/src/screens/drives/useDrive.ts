import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** A drive with its criteria, by its id or code; it follows the jobs that change it. */
export function useDrive(ref: string) {
  return useQuery({
    queryKey: ["drives", Number(ref) || ref, "details"],
    queryFn: async () => unwrap(await api.GET("/drives/{ref}", { params: { path: { ref } } })),
    meta: { live: true },
  });
}
