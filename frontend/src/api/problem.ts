import { wayOut } from "../lib/wayOut";
import type { Schema } from "./client";

type Details = Schema<"ProblemDetails">;

/** An error that the API told (RFC 9457): a sentence, the way out, and the id under which it is logged. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fix: string;
  readonly pointer: string | undefined;
  readonly details: Record<string, unknown>;
  readonly requestId: string | null;

  constructor(told: Partial<Details> & Pick<Details, "detail">) {
    super(told.detail);
    this.name = "Problem";
    this.status = told.status ?? 0;
    this.code = told.code ?? "unknown";
    this.fix = wayOut(told.fix ?? "");
    this.pointer = told.pointer;
    this.details = told.details ?? {};
    this.requestId = told.request_id ?? null;
  }

  static async from(response: Response): Promise<Problem> {
    const told: unknown = await response.json().catch(() => null);
    if (isTold(told)) return new Problem(told);
    return new Problem({ status: response.status, detail: `The server answered ${response.status}.` });
  }

  static unreachable(): Problem {
    return new Problem({ detail: "The server cannot be reached.", fix: "Is placeOps running? Try again." });
  }
}

function isTold(value: unknown): value is Details {
  return typeof value === "object" && value !== null && "detail" in value && "code" in value;
}

/** Any thrown value as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({ detail: error instanceof Error ? error.message : String(error) });
}
