import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, unwrap, type Schema } from "./client";
import { Problem } from "./problem";

export type Profile = Schema<"Profile">;
export type Role = "ADMIN" | "COORDINATOR" | "STAFF" | "STUDENT";

const KEY = ["profile"];

async function ask(): Promise<Profile | null> {
  try {
    return unwrap(await api.GET("/auth/profile"));
  } catch (error) {
    if (error instanceof Problem && error.code === "unauthenticated") return null;
    throw error;
  }
}

/** Who is signed in; `data` is null for nobody. */
export function useSession() {
  return useQuery({ queryKey: KEY, queryFn: ask, staleTime: 60_000 });
}

/** The signed-in profile; for what is rendered inside of the shell, where there is one. */
export function useProfile(): Profile {
  const { data } = useSession();
  if (!data) throw new Error("nobody is signed in");
  return data;
}

/** Whether the profile has a permission, however far it goes: `const may = useMay(); may("drive.write")`. */
export function useMay(): (permission: string) => boolean {
  const { permissions } = useProfile();
  return useCallback((permission) => permission in permissions, [permissions]);
}

/** The same for one drive: some permissions of coordinators go for drives that are wholly in their scope only. */
export function useMayOn({ managed }: Schema<"Drive">): (permission: string) => boolean {
  const { permissions } = useProfile();
  return useCallback(
    (permission) => permission in permissions && (managed || permissions[permission] !== WHOLLY),
    [permissions, managed],
  );
}

/** How the API calls that reach of a permission. */
const WHOLLY = "drives wholly in scope";

/** Forget everything about the last person and set who is signed in now. */
export function useSetProfile(): (profile: Profile | null) => void {
  const client = useQueryClient();
  return useCallback(
    (profile) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
      client.setQueryData(KEY, profile);
    },
    [client],
  );
}
