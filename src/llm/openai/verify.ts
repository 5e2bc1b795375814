import type { Clock } from "../../base/clock.ts";
import { parseJson } from "../../base/json.ts";
import type { Redact } from "../../base/redact.ts";
import * as z from "../../base/zod.ts";
import type { Endpoint } from "./endpoint.ts";
import { classify, ProviderError } from "./failure.ts";
import { withSilenceLimit } from "./silence.ts";

const LIMIT_MS = 5_000;

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/**
 * Whether the provider can be reached and takes the key, without spending tokens: asks for its list of models. Any
 * answer but a refusal of the key will do. Where the list is complete (local servers), the model must be on it.
 * @throws ModelError
 */
export async function verifyEndpoint(
  endpoint: Endpoint,
  signal: AbortSignal,
  { clock, redact }: { clock: Clock; redact: Redact },
): Promise<void> {
  const { url, headers } = endpoint.probe;
  try {
    await withSilenceLimit(
      async (inner) => {
        const response = await fetch(url, { headers: { ...headers }, redirect: "manual", signal: inner });
        await judge(response, endpoint);
      },
      { limitMs: LIMIT_MS, clock, signal },
    );
  } catch (thrown) {
    signal.throwIfAborted();
    throw classify(thrown, { id: endpoint.id, keyEnv: endpoint.keyEnv, redact, now: clock.now });
  }
}

async function judge(response: Response, endpoint: Endpoint): Promise<void> {
  const body = await response.text();
  if (refusesKey(response.status, body)) {
    const who =
      endpoint.keyEnv === undefined ? "wants an API key" : `refused the API key in ${endpoint.keyEnv}`;
    throw new ProviderError("auth", `${endpoint.id} ${who} (${response.status})`, { retryable: false });
  }
  if (endpoint.local && response.ok) requireModel(body, endpoint);
}

/** Gemini refuses a bad key with 400; OpenAI a good one with 403 when it may do all but list models. */
function refusesKey(status: number, body: string): boolean {
  if (status === 403) return !/missing scopes/i.test(body);
  return status === 401 || (status === 400 && /api key not valid/i.test(body));
}

function requireModel(body: string, { id, provider, model }: Endpoint): void {
  const names = namesIn(body);
  // Ollama means `name:latest` when no tag is given.
  if (names === undefined || names.includes(model) || names.includes(`${model}:latest`)) return;
  const remedy = provider === "ollama" ? `run "ollama pull ${model}"` : "start it with this model";
  throw new ProviderError("bad_request", `${id} is not there: ${remedy}`, { retryable: false });
}

/** The names in a list of models, or undefined when it is no such list. */
function namesIn(body: string): string[] | undefined {
  const list = modelsSchema.safeParse(parseJson(body));
  return list.success ? list.data.data.map((entry) => entry.id) : undefined;
}
