import { parseArgs } from "node:util";
import { answerStep } from "./openai-steps.ts";

/**
 * A scripted OpenAI-compatible server on loopback, for tests and benchmarks. A script says what to answer, call by
 * call; what was asked is kept in `requests`. Also a program:
 *
 *   bun test/peers/openai-server.ts --port 9000 --mode echo [--latency 0] [--script steps.json]
 */

export interface ToolCallStep {
  id?: string;
  name: string;
  /** A string is sent as it is (so that it can be broken JSON); an object as JSON. */
  arguments?: string | object;
}

export interface UsageStep {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens: number };
  /** As OpenRouter reports it. */
  cost?: number;
}

interface Timed {
  /** Milliseconds before the answer begins. */
  latencyMs?: number;
  headers?: Record<string, string>;
}

/** The model writes something. Streams when asked to. */
export interface AnswerStep extends Timed {
  text?: string;
  /** The pieces of the text when streaming; default: its words. */
  chunks?: string[];
  toolCalls?: ToolCallStep[];
  /** null: none is reported; absent: made up from the lengths. */
  usage?: UsageStep | null;
  finish?: string;
  refusal?: string;
  reasoning?: string;
  /** The model named in the answer; default: the one asked for. */
  model?: string;
}

/** An HTTP error. */
export interface ErrorStep extends Timed {
  status: number;
  /** Seconds or an HTTP date. */
  retryAfter?: string | number;
  message?: string;
  code?: string;
  param?: string;
  /** Instead of OpenAI's error object: a string is sent as it is. */
  body?: string | object;
}

/** Something goes wrong in a way of its own. */
export interface FaultStep extends Timed {
  fault:
    | "hang" // never answers
    | "stall" // writes one piece, then nothing more
    | "cut" // writes one piece, then ends the stream in good order, unfinished
    | "reset" // writes one piece, then drops the connection
    | "invalid-json" // an answer that is not JSON
    | "empty-choices"
    | "html"; // a proxy's error page with status 200
  text?: string;
}

/** Exactly these SSE events (when streaming) or this body. */
export interface RawStep extends Timed {
  raw: string | Uint8Array | Uint8Array[];
  contentType?: string;
}

/** Each object as one SSE event, then [DONE]. */
export interface EventsStep extends Timed {
  events: object[];
}

export type Step = AnswerStep | ErrorStep | FaultStep | RawStep | EventsStep;
export type Script = Step[] | ((request: SeenRequest) => Step | Promise<Step>);

export interface WireMessage {
  role: string;
  content: string | null;
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

export interface WireBody {
  model: string;
  messages: WireMessage[];
  tools?: { type: string; function: { name: string; description?: string; parameters: object } }[];
  stream?: boolean;
  [field: string]: unknown;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** Empty messages when the request had no body. */
  body: WireBody;
  /** The client went away before the answer was complete. */
  aborted: boolean;
}

export interface OpenAiServerOptions {
  script?: Script;
  port?: number;
  /** Address to listen on; else 127.0.0.1. */
  hostname?: string;
  /** Names that GET /v1/models (and Ollama's GET /api/tags) tell. */
  models?: string[];
  /** When set, any other key is answered with 401. */
  key?: string;
  /** Milliseconds before every answer. */
  latencyMs?: number;
  /** Keep no requests: for benchmarks that send very many. */
  forget?: boolean;
}

export interface OpenAiServer {
  /** Base URL, ending in `/v1`. */
  readonly url: string;
  readonly port: number;
  /** Calls of chat completions, in order of arrival. */
  readonly requests: SeenRequest[];
  /** Calls of anything else. */
  readonly probes: SeenRequest[];
  /** From now on answers by this script. */
  script(next: Script): void;
  close(): Promise<void>;
}

/** Answers with what the last user message said. */
export const echo = (request: SeenRequest): Step => {
  const last = request.body.messages.findLast((message) => message.role === "user");
  const text = last?.content ?? "";
  return { text, chunks: [text] };
};

/** Calls a tool once, then answers with its result: for runs that must see a tool used. */
export const callOnce =
  (name: string, args: object) =>
  (request: SeenRequest): Step => {
    const last = request.body.messages.at(-1);
    return last?.role === "tool"
      ? { text: `the tool said: ${last.content}` }
      : { toolCalls: [{ name, arguments: args }] };
  };

export function startOpenAiServer(options: OpenAiServerOptions = {}): OpenAiServer {
  const { hostname = "127.0.0.1" } = options;
  let script: Script = options.script ?? echo;
  const requests: SeenRequest[] = [];
  const probes: SeenRequest[] = [];

  const nextStep = (seen: SeenRequest): Step | Promise<Step> => {
    if (typeof script === "function") return script(seen);
    return (
      script.shift() ?? {
        status: 500,
        message: "the test's script has no more steps",
        headers: { "x-should-retry": "false" },
      }
    );
  };

  const server = Bun.serve({
    port: options.port ?? 0,
    hostname,
    idleTimeout: 0,
    async fetch(request) {
      const seen = await readRequest(request);
      const isChat = seen.path.endsWith("/chat/completions");
      if (!options.forget) (isChat ? requests : probes).push(seen);
      request.signal.addEventListener("abort", () => {
        seen.aborted = true;
      });
      if (options.key !== undefined && !carriesKey(seen, options.key)) {
        return answerStep(
          { status: 401, message: "Incorrect API key provided", code: "invalid_api_key" },
          seen,
        );
      }
      if (!isChat) return catalogue(seen.path, options.models ?? ["test-model"]);
      const step = await nextStep(seen);
      const latency = step.latencyMs ?? options.latencyMs ?? 0;
      if (latency > 0) await Bun.sleep(latency);
      return answerStep(step, seen, request.signal);
    },
  });

  return {
    url: `http://${hostname}:${server.port}/v1`,
    port: server.port ?? 0,
    requests,
    probes,
    script: (next) => {
      script = next;
    },
    close: () => server.stop(true),
  };
}

async function readRequest(request: Request): Promise<SeenRequest> {
  const url = new URL(request.url);
  const text = request.method === "POST" ? await request.text() : "";
  return {
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(request.headers),
    body: text === "" ? { model: "", messages: [] } : JSON.parse(text),
    aborted: false,
  };
}

const carriesKey = ({ headers }: SeenRequest, key: string): boolean =>
  headers["authorization"] === `Bearer ${key}` || headers["api-key"] === key || headers["x-api-key"] === key;

function catalogue(path: string, models: string[]): Response {
  if (path.endsWith("/models")) {
    const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "test" }));
    return Response.json({ object: "list", data });
  }
  if (path.endsWith("/api/tags")) return Response.json({ models: models.map((name) => ({ name })) });
  return Response.json({ error: { message: `no such path: ${path}` } }, { status: 404 });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      mode: { type: "string", default: "echo" },
      latency: { type: "string", default: "0" },
      script: { type: "string" },
      tool: { type: "string", default: "echo" },
      arguments: { type: "string", default: '{"text":"hello"}' },
    },
  });
  const modes: Record<string, () => Script | Promise<Script>> = {
    echo: () => echo,
    tool: () => callOnce(values.tool, JSON.parse(values.arguments)),
    script: () => Bun.file(values.script ?? "").json(),
  };
  const script = await modes[values.script === undefined ? values.mode : "script"]?.();
  if (script === undefined) throw new Error(`no such mode: ${values.mode}`);
  const server = startOpenAiServer({
    script,
    port: Number(values.port),
    latencyMs: Number(values.latency),
    forget: true,
  });
  console.log(server.url);
}
