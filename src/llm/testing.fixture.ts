import type { Clock } from "../base/clock.ts";
import type { Logger } from "../log/logger.ts";
import { type ChatReply, type ChatRequest, type Model, ModelError } from "../runtime/ports/model.ts";
import { type LlmSection, llmSection } from "./config.ts";
import { type OpenModelDeps, openModel } from "./open.ts";

/** What the tests of this folder share. */

export const KEY = "sk-test-0123456789abcdef";

export interface Line {
  level: "debug" | "info" | "warn" | "error";
  fields: Record<string, unknown>;
  message: string;
}

export interface CollectedLog extends Logger {
  readonly lines: Line[];
}

/** A log that keeps its lines. */
export function collectedLog(lines: Line[] = [], fixed: object = {}): CollectedLog {
  const at = (level: Line["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fixed, ...fields }, message });
  };
  return {
    lines,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => collectedLog(lines, { ...fixed, ...fields }),
  };
}

/** A section for the server at `url`, as the config would have it. */
export const sectionFor = (url: string, section: object = {}): LlmSection =>
  llmSection.parse({ provider: "openai", model: "gpt-4o-mini", base_url: url, ...section });

/** Opens a model as the program does, on a clock whose back-off pauses pass at once unless another is given. */
export const openTest = (
  url: string,
  section: object = {},
  deps: Partial<OpenModelDeps> & { clock?: Clock } = {},
): Promise<Model> =>
  openModel(sectionFor(url, section), {
    env: { OPENAI_API_KEY: KEY },
    baseDir: "/nowhere",
    log: collectedLog(),
    ...deps,
  });

export const asking = (text: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  messages: [{ role: "user", content: text }],
  tools: [],
  ...more,
});

export interface Heard {
  reply: ChatReply;
  /** Text as heard, after every restart. */
  deltas: string[];
  restarts: number;
}

export async function chat(
  model: Model,
  request: ChatRequest | string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Heard> {
  const heard = { deltas: [] as string[], restarts: 0 };
  const reply = await model.chat(typeof request === "string" ? asking(request) : request, {
    signal,
    onDelta: (text) => heard.deltas.push(text),
    onRestart: () => {
      heard.deltas = [];
      heard.restarts += 1;
    },
  });
  return { ...heard, reply };
}

/** The ModelError that a call ends with; anything else fails the test. */
export async function failure(call: Promise<unknown>): Promise<ModelError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  if ("thrown" in outcome && outcome.thrown instanceof ModelError) return outcome.thrown;
  throw new Error("expected a ModelError", { cause: outcome });
}

export const WEATHER = {
  name: "weather",
  description: "The weather somewhere.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
