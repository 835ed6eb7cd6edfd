import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";
import { Problem } from "./problem";

/** A schema of the API's document by its name: `Schema<"Drive">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

let onSignedOut: () => void = () => undefined;

/** What happens when any request is answered that nobody is signed in. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

const problems: Middleware = {
  async onResponse({ request, response }) {
    if (response.ok) return;
    const problem = await Problem.from(response);
    if (problem.code === "unauthenticated" && !request.url.endsWith("/auth/login")) onSignedOut();
    throw problem;
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === "AbortError" ? error : Problem.unreachable();
  },
};

/** The typed client. Every failure is thrown as a `Problem`; a call that returns has `data`. */
export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: "same-origin" });
api.use(problems);

/** `unwrap(await api.GET(…))`: the answer's body, which is there because failures are thrown. */
export function unwrap<T>(answer: { data?: T }): T {
  return answer.data as T;
}

/** A key for requests that create: the same key twice creates once. */
export const newKey = (): string => crypto.randomUUID();
