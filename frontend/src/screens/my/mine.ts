import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { useProfile } from "@/api/profile";

export type MyStanding = Schema<"StudentDrive">;
export type OwnRegistration = Schema<"OwnRegistration">;

/** Under this key lies everything that a registration or a withdrawal changes. */
export const MINE = ["mine"] as const;

const PENDING_MS = 5_000;
const PAGE = 100;

const standings = async (query: { open?: boolean; limit: number; cursor?: string | undefined }) =>
  unwrap(await api.GET("/students/drives", { params: { query } }));

/** The drives that I may look at, with where I stand before each; `open`: only those that take registrations now. */
export function useMyDrives(open: boolean) {
  const pages = usePages([...MINE, "drives", { open }], (cursor) => standings({ open, limit: PAGE, cursor }));
  const { rows, refetch } = pages;
  const pending = rows.some((drive) => drive.selection_pending);
  useEffect(() => {
    if (!pending) return undefined;
    const timer = window.setInterval(() => void refetch(), PENDING_MS);
    return () => window.clearInterval(timer);
  }, [pending, refetch]);
  return pages;
}

/** Where I stand before one drive; null when there is none that I may look at. */
export function useMyDrive(id: string) {
  return useQuery({
    queryKey: [...MINE, "drive", id],
    queryFn: async () => {
      for (let cursor: string | undefined; ;) {
        const page = await standings({ limit: PAGE, cursor });
        const found = page.items.find((one) => String(one.drive_id) === id || one.code === id);
        if (found || !page.next_cursor) return found ?? null;
        cursor = page.next_cursor;
      }
    },
    refetchInterval: ({ state }) => (state.data?.selection_pending ? PENDING_MS : false),
  });
}

/** My own row of the roster. */
export function useMe() {
  const roll_no = useProfile().user?.student ?? "";
  return useQuery({
    queryKey: ["me", roll_no],
    queryFn: async () => unwrap(await api.GET("/students/lookup", { params: { query: { roll_no } } })),
    staleTime: 5 * 60_000,
  });
}

/** All of my registrations, newest first. */
export function useMyRegistrations() {
  return useQuery({
    queryKey: [...MINE, "registrations"],
    queryFn: async () => {
      const found: OwnRegistration[] = [];
      for (let cursor: string | undefined; ;) {
        const page = unwrap(
          await api.GET("/registrations/mine", { params: { query: { limit: PAGE, cursor } } }),
        );
        found.push(...page.items);
        if (!page.next_cursor) return found;
        cursor = page.next_cursor;
      }
    },
  });
}
