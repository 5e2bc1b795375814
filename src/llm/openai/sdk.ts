import type { OpenAI } from "openai/client";
import { MAX_TIMER_MS } from "../../base/clock.ts";
import type { Endpoint } from "./endpoint.ts";

/**
 * Options of a call that can be aborted. Given to the SDK as its `signal`, ours would be joined with the SDK's own by
 * AbortSignal.any, which keeps both, and all that hangs on them, until a full garbage collection: resident memory
 * then doubles under load. So it goes around the SDK, which hands on to `fetch` what it does not know.
 */
export const abortable = (signal: AbortSignal): { fetchOptions: object } => ({
  fetchOptions: { abortWith: signal },
});

type AbortableInit = RequestInit & { abortWith?: AbortSignal };

const abortableFetch = (
  url: string | URL | Request,
  { abortWith, ...init }: AbortableInit = {},
): Promise<Response> => fetch(url, { ...init, signal: abortWith ?? init.signal ?? null });

/**
 * The OpenAI SDK for this endpoint, loaded when the model is first asked (6 ms and 12 MB that a start does not
 * pay). All that it would take from the process's environment is given here instead, so that no key or organisation
 * of one provider is sent to another; its own retries and time limits are off, since ours heed the task's budget.
 */
export function lazySdk({ baseUrl, query, headers }: Endpoint): () => Promise<OpenAI> {
  let client: Promise<OpenAI> | undefined;
  const load = async () => {
    const { OpenAI } = await import("openai/client");
    return new OpenAI({
      baseURL: baseUrl,
      apiKey: "unused",
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      defaultQuery: { ...query },
      // The key stands in our headers; without one, none of the SDK's making is sent.
      defaultHeaders: { authorization: null, ...headers },
      maxRetries: 0,
      timeout: MAX_TIMER_MS,
      logLevel: "off",
      fetch: abortableFetch,
      // A redirect would carry the key to another host, or turn the call into a GET.
      fetchOptions: { redirect: "manual", timeout: false },
    });
  };
  return () => {
    client ??= load();
    return client;
  };
}
