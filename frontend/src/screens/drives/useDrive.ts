import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const PENDING_MS = 2_000;

/** A drive with its criteria, by its id or code; asked for again while its selection is being applied. */
export function useDrive(ref: string) {
  return useQuery({
    queryKey: ["drives", Number(ref) || ref, "details"],
    queryFn: async () => unwrap(await api.GET("/drives/{ref}", { params: { path: { ref } } })),
    refetchInterval: ({ state }) => (state.data?.drive.selection.state === "pending" ? PENDING_MS : false),
    meta: { live: true },
  });
}
