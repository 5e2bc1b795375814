import type { Backoff } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { ExpectedError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import * as z from "../../base/zod.ts";
import type { ContentRef } from "./tensor-ref.ts";

/** Where content is fetched from and put to. */
export const endpointSchema = () =>
  z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().check(z.minLength(1)) });
export type Endpoint = z.output<ReturnType<typeof endpointSchema>>;

/** What asking it takes. */
export interface EndpointDeps {
  endpoint: Endpoint;
  clock: Clock;
  fetch?: (url: string, init: BunFetchRequestInit) => Promise<Response>;
}

/** Between tries. */
export const BACKOFF: Backoff = { firstMs: 250, maxMs: 10_000 };
/** Without a single byte more. */
export const TRIES = 6;

export const address = ({ sha256 }: ContentRef): string => `sha256:${sha256}`;

export const request = (
  { endpoint, fetch = globalThis.fetch }: EndpointDeps,
  what: string,
  { headers, ...init }: BunFetchRequestInit & { headers?: Record<string, string> },
): Promise<Response> =>
  fetch(`${endpoint.url}/${what}`, {
    ...init,
    redirect: "error",
    headers: { ...headers, Authorization: `Bearer ${endpoint.token}` },
  });

/** Throws for an answer that trying again does not mend. */
export function refuse({ status }: Response, ref: ContentRef): void {
  if (status === 200 || status === 206 || status >= 500) return;
  const said = { 401: "the token is refused", 404: "it is not there any more", 416: "it is of another size" }[
    status
  ];
  throw new ExpectedError(`this content cannot be fetched: ${said ?? `the answer was ${status}`}`, {
    where: address(ref),
    hint: "Who sent the job must still be running: send it again.",
  });
}

export const unreachable = (failure: Error, { url }: Endpoint, what: string): ExpectedError =>
  new ExpectedError(
    `content cannot be ${what} ${new URL(url).host}: ${systemReason(failure) ?? failure.message}`,
    {
      hint: "This machine must reach the sender's address: name another there with --serve-at HOST:PORT.",
      cause: failure,
    },
  );
