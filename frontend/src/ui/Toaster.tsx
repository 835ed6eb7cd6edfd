import { Toaster as Sonner, toast } from "sonner";
import type { Problem } from "../api/problem";
import { useTheme } from "../lib/theme";

/** Where toasts appear; once, in the shell. */
export function Toaster() {
  const { shown } = useTheme();
  return <Sonner theme={shown} position="bottom-right" closeButton visibleToasts={4} />;
}

/** Shows what an act ended with: the API's sentence, the way out, and the request's id in small print. */
export function problemToast(problem: Problem): void {
  toast.error(problem.message, {
    duration: 12_000,
    description: (
      <>
        {problem.fix && <span className="block">{problem.fix}</span>}
        {problem.requestId && (
          <span className="mt-1 block font-mono text-[11px]">request {problem.requestId}</span>
        )}
      </>
    ),
  });
}
