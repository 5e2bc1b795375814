import { oneLine } from "../../../base/clip.ts";
import { parseJson, stringField } from "../../../base/json.ts";
import { valueAt } from "../../../base/path.ts";
import type { Api, ApiAnswer } from "../../cluster/api.ts";
import { QaError } from "../types.ts";
import { find } from "./client.ts";
import { paths } from "./paths.ts";
import { type Serving, servedName } from "./render.ts";
import { ANSWER_MS } from "./settings.ts";

const QUESTION = "Answer in one sentence: what is the capital of France?";
const MAX_TOKENS = 64;
/** Characters of an answer. */
const MOST_TOLD = 200;

/** Asks the model something, through the API server, and gives what it answered. @throws QaError SMOKE_FAILED */
export async function smoke(api: Api, namespace: string, serving: Serving): Promise<string> {
  const proxy = await proxyOf(api, namespace, serving.name);
  const model = servedName(serving);
  switch (serving.entry.outputType) {
    case "embedding":
      return embedded(await post(api, proxy("/v1/embeddings"), { model, input: QUESTION }));
    case "audio":
      return listed(await api.send(proxy("/v1/models"), { timeoutMs: ANSWER_MS }), model);
    default:
      return await chat(api, proxy, model);
  }
}

async function proxyOf(api: Api, namespace: string, name: string): Promise<(path: string) => string> {
  const at = paths(namespace);
  const service = `${name}-predictor`;
  const ports = valueAt(await find(api, at.service(service)), ["spec", "ports"]);
  const [port] = Array.isArray(ports) ? (ports as { port?: unknown }[]) : [];
  if (typeof port?.port !== "number")
    throw new QaError("SMOKE_FAILED", `KServe made no service ${service} with a port`);
  const number = `${port.port}`;
  return (path) => at.proxy(service, number, path);
}

const post = (api: Api, path: string, body: object): Promise<ApiAnswer> =>
  api.send(path, { method: "POST", body, timeoutMs: ANSWER_MS });

async function chat(api: Api, proxy: (path: string) => string, model: string): Promise<string> {
  const messages = [{ role: "user", content: QUESTION }];
  const asked = await post(api, proxy("/v1/chat/completions"), {
    model,
    messages,
    max_tokens: MAX_TOKENS,
    temperature: 0,
  });
  if (asked.status === 400 && /chat template/i.test(asked.text)) {
    // A base model: it continues text, and has no form for a conversation.
    const plain = { model, prompt: "The capital of France is", max_tokens: MAX_TOKENS, temperature: 0 };
    const answer = accepted(await post(api, proxy("/v1/completions"), plain));
    return told(stringField(valueAt(answer, ["choices", 0]), "text"), answer);
  }
  const answer = accepted(asked);
  const message = valueAt(answer, ["choices", 0, "message"]);
  const text = ["content", "reasoning_content", "reasoning"].map((key) => stringField(message, key)?.trim());
  return told(
    text.find((each) => each),
    answer,
  );
}

function accepted({ status, text }: ApiAnswer): unknown {
  const value = parseJson(text);
  if (status === 200 && value !== undefined) return value;
  throw new QaError("SMOKE_FAILED", `the model answers ${status}: ${oneLine(text, MOST_TOLD)}`);
}

function told(text: string | undefined, answer: unknown): string {
  if (text !== undefined && text.trim() !== "") return oneLine(text, MOST_TOLD);
  throw new QaError(
    "SMOKE_FAILED",
    `the model answers nothing: ${oneLine(JSON.stringify(answer), MOST_TOLD)}`,
  );
}

function embedded(answer: ApiAnswer): string {
  const vector = valueAt(accepted(answer), ["data", 0, "embedding"]);
  if (Array.isArray(vector) && vector.length > 0 && vector.every((each) => Number.isFinite(each)))
    return `a vector of ${vector.length} numbers`;
  throw new QaError("SMOKE_FAILED", "the model gives no embedding");
}

/** A sound would have to be sent: that the server has the model is all that is asked. */
function listed(answer: ApiAnswer, model: string): string {
  const models = valueAt(accepted(answer), ["data"]);
  if (Array.isArray(models) && models.some((each) => stringField(each, "id") === model))
    return `it lists ${model}; no sound was sent`;
  throw new QaError("SMOKE_FAILED", `the server does not list ${model}`);
}
