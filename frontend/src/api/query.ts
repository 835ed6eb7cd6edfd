import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** Asks again only where that may help: not what the API refused. */
function worthAnother(failures: number, error: Error): boolean {
  return failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 502);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: worthAnother, staleTime: 5_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
