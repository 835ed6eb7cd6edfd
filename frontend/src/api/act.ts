import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { toast } from "sonner";
import { asProblem } from "./problem";
import { problemToast } from "../ui/Toaster";

interface Options<Result> {
  /** Said in a toast when it worked. */
  done?: string | ((result: Result) => string | undefined);
  /** Queries whose answers may have changed. */
  invalidates?: QueryKey[];
  onDone?: (result: Result) => void;
  /** True when the caller shows the problem itself, for instance in a form. */
  quiet?: boolean;
}

/** An act of the user: a mutation that says how it went and has changed lists asked for again. */
export function useAct<Input, Result>(act: (input: Input) => Promise<Result>, options: Options<Result> = {}) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async (result) => {
      const said = typeof options.done === "function" ? options.done(result) : options.done;
      if (said) toast.success(said);
      options.onDone?.(result);
      await Promise.all(
        (options.invalidates ?? []).map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    },
    onError: (error) => {
      if (!options.quiet) problemToast(asProblem(error));
    },
  });
}
