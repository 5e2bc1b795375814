import type { OpenAI } from "openai/client";
import type { Endpoint } from "./endpoint.ts";

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
      timeout: 2 ** 31 - 1,
      logLevel: "off",
      // A redirect would carry the key to another host, or turn the call into a GET.
      fetchOptions: { redirect: "manual", timeout: false },
    });
  };
  return () => {
    client ??= load();
    return client;
  };
}
