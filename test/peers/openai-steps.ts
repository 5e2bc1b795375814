import type {
  AnswerStep,
  ErrorStep,
  EventsStep,
  FaultStep,
  RawStep,
  SeenRequest,
  Step,
  ToolCallStep,
  UsageStep,
} from "./openai-server.ts";

/** How the scripted server writes each kind of step on the wire. */

const SSE = { "content-type": "text/event-stream" };
const DONE = "data: [DONE]\n\n";
const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

export function answerStep(
  step: Step,
  seen: SeenRequest,
  signal?: AbortSignal,
): Response | Promise<Response> {
  if ("status" in step) return errorResponse(step);
  if ("fault" in step) return faultResponse(step, seen, signal);
  if ("raw" in step) return rawResponse(step);
  if ("events" in step) return new Response(eventsBody(step), { headers: { ...SSE, ...step.headers } });
  if (seen.body.stream !== true) return Response.json(completion(step, seen), headersOf(step));
  const body = streamed(step, seen).map(event).join("") + DONE;
  return new Response(body, { headers: { ...SSE, ...step.headers } });
}

const headersOf = (step: { headers?: Record<string, string> }): ResponseInit =>
  step.headers === undefined ? {} : { headers: step.headers };

const eventsBody = (step: EventsStep): string => step.events.map(event).join("") + DONE;

function errorResponse(step: ErrorStep): Response {
  const headers = new Headers(step.headers);
  if (step.retryAfter !== undefined) headers.set("retry-after", String(step.retryAfter));
  const body = step.body ?? {
    error: {
      message: step.message ?? `error ${step.status}`,
      type: "error",
      param: step.param ?? null,
      code: step.code ?? null,
    },
  };
  if (typeof body === "string") return new Response(body, { status: step.status, headers });
  return Response.json(body, { status: step.status, headers });
}

function faultResponse(
  step: FaultStep,
  seen: SeenRequest,
  signal?: AbortSignal,
): Response | Promise<Response> {
  switch (step.fault) {
    case "hang":
      return gone(signal).then(() => new Response(null, { status: 499 }));
    case "invalid-json":
      return new Response(seen.body.stream === true ? "data: {not json\n\n" : "{not json", {
        headers: seen.body.stream === true ? SSE : { "content-type": "application/json" },
      });
    case "empty-choices":
      return seen.body.stream === true
        ? new Response(event({ ...head(seen), choices: [] }) + DONE, { headers: SSE })
        : Response.json({ ...head(seen), choices: [] });
    case "html":
      return new Response("<html><body>Bad gateway</body></html>", {
        headers: { "content-type": "text/html" },
      });
    default:
      return new Response(brokenStream(step, seen, signal), { headers: SSE });
  }
}

/** One piece of an answer, and then what the fault says. */
function brokenStream(step: FaultStep, seen: SeenRequest, signal?: AbortSignal): ReadableStream {
  const piece = event({ ...head(seen), choices: [{ index: 0, delta: { content: step.text ?? "partial" } }] });
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) {
        sent = true;
        return controller.enqueue(new TextEncoder().encode(piece));
      }
      if (step.fault === "stall") await gone(signal);
      // A turn for the socket, so that the piece is on its way before the end comes.
      await new Promise((resolve) => setImmediate(resolve));
      if (step.fault === "reset") return controller.error();
      controller.close();
    },
  });
}

/** Resolves when the client has gone away. */
const gone = (signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal === undefined || signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

function rawResponse({ raw, contentType = "text/event-stream", headers }: RawStep): Response {
  const init = { headers: { "content-type": contentType, ...headers } };
  if (!Array.isArray(raw)) return new Response(raw, init);
  const pieces = raw.values();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = pieces.next();
      if (done) return controller.close();
      controller.enqueue(value);
      // Gives the socket a turn, so that the pieces leave one by one.
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return new Response(body, init);
}

const head = (seen: SeenRequest, model?: string) => ({
  id: "chatcmpl-test",
  object: seen.body.stream === true ? "chat.completion.chunk" : "chat.completion",
  created: 0,
  model: model ?? seen.body.model,
});

const written = ({ name, arguments: args = {} }: ToolCallStep) => ({
  name,
  arguments: typeof args === "string" ? args : JSON.stringify(args),
});

const finishOf = (step: AnswerStep): string =>
  step.finish ?? ((step.toolCalls?.length ?? 0) > 0 ? "tool_calls" : "stop");

/** About four characters a token, as a stand-in; null when the step says that none is reported. */
function usageOf(step: AnswerStep, seen: SeenRequest): UsageStep | undefined {
  if (step.usage === null) return undefined;
  if (step.usage !== undefined) return step.usage;
  const asked = seen.body.messages.reduce((sum, message) => sum + (message.content?.length ?? 0), 0);
  return { prompt_tokens: Math.ceil(asked / 4), completion_tokens: Math.ceil((step.text?.length ?? 0) / 4) };
}

function completion(step: AnswerStep, seen: SeenRequest): object {
  const toolCalls = step.toolCalls?.map((call, i) => ({
    id: call.id ?? `call_${i}`,
    type: "function",
    function: written(call),
  }));
  const message = {
    role: "assistant",
    content: step.text ?? step.chunks?.join("") ?? null,
    refusal: step.refusal ?? null,
    ...(step.reasoning === undefined ? {} : { reasoning_content: step.reasoning }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
  };
  return {
    ...head(seen, step.model),
    choices: [{ index: 0, message, finish_reason: finishOf(step) }],
    usage: usageOf(step, seen),
  };
}

/** The events of a streamed answer, as OpenAI sends them. */
function streamed(step: AnswerStep, seen: SeenRequest): object[] {
  const base = head(seen, step.model);
  const delta = (content: object, finish: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta: content, finish_reason: finish }],
  });
  const events: object[] = [delta({ role: "assistant", content: "" })];
  if (step.reasoning !== undefined) events.push(delta({ reasoning_content: step.reasoning }));
  if (step.refusal !== undefined) events.push(delta({ refusal: step.refusal }));
  for (const content of step.chunks ?? step.text?.match(/\S+\s*|\s+/g) ?? []) events.push(delta({ content }));
  for (const [index, call] of (step.toolCalls ?? []).entries())
    events.push(...toolDeltas(call, index, delta));
  events.push(delta({}, finishOf(step)));
  const options = seen.body["stream_options"] as { include_usage?: boolean } | undefined;
  const usage = usageOf(step, seen);
  if (usage !== undefined && options?.include_usage === true) events.push({ ...base, choices: [], usage });
  return events;
}

/** A call in three deltas: its head, then its arguments in two halves. */
function toolDeltas(call: ToolCallStep, index: number, delta: (content: object) => object): object[] {
  const { name, arguments: text } = written(call);
  const half = Math.ceil(text.length / 2);
  const id = call.id ?? `call_${index}`;
  return [
    delta({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
    ...[text.slice(0, half), text.slice(half)]
      .filter((piece) => piece !== "")
      .map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}
