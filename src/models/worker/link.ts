import type { Clock } from "../../base/clock.ts";
import { ExpectedError, toError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import { parseJson } from "../../base/json.ts";
import type * as z from "../../base/zod.ts";
import {
  type Progress,
  progressSchema,
  statusSchema,
  replySchema as taskReplySchema,
} from "../../protocol/messages.ts";
import { conversationTopic, inputTopic, progressTopic, statusTopic } from "../../protocol/topics.ts";
import type { Delivery, Transport } from "../../runtime/ports/transport.ts";
import type { Endpoint } from "../artefacts/endpoint.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { type DoneOf, JOB_FORMAT, type Job, type JobBody, replySchema } from "./job.ts";

/** A worker that jobs can be sent to. */
export interface WorkerLink {
  agent: string;
  /** The worker's reply. Rejects with an ExpectedError for what the worker says, and when it says nothing for too long. */
  ask<Kind extends Job["kind"]>(
    job: Extract<JobBody, { kind: Kind }>,
    hooks?: JobHooks,
  ): Promise<DoneOf<Kind>>;
}

export interface JobHooks {
  onLine?: ((line: string) => void) | undefined;
  onCount?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface LinkOptions {
  transport: Transport;
  agent: string;
  artefacts: Endpoint;
  clock: Clock;
  signal: AbortSignal;
  /** A worker that says nothing for so long is given up: it tells of its work every few seconds. */
  silenceMs: number;
}

interface Pending {
  hooks: JobHooks;
  heard(): void;
  resolve(reply: z.output<ReturnType<typeof replySchema>>): void;
  reject(error: Error): void;
}

/** Listens for the worker; `transport` is started, and stays open. */
export async function openWorkerLink(options: LinkOptions): Promise<WorkerLink> {
  const { transport, agent, artefacts } = options;
  const conversation = `model-${newId()}`;
  const pending = new Map<string, Pending>();
  await transport.subscribe([conversationTopic(conversation, agent)], (delivery) => {
    delivery.ack();
    onReply(delivery, pending, agent);
  });
  await transport.subscribe([progressTopic(agent, "Tool"), progressTopic(agent, "General")], (delivery) => {
    delivery.ack();
    const { data } = progressSchema.safeParse(jsonOf(delivery));
    if (data?.conversation_id === conversation) onProgress(data, pending.get(data.task_id ?? ""));
  });
  await transport.subscribe([statusTopic(agent)], (delivery) => {
    delivery.ack();
    const { data } = statusSchema.safeParse(jsonOf(delivery));
    if (data?.status !== "unavailable") return;
    for (const { hooks } of pending.values())
      hooks.onLine?.(`${agent} is away; it goes on with the job when it is back`);
  });
  return {
    agent,
    async ask<Kind extends Job["kind"]>(job: Extract<JobBody, { kind: Kind }>, hooks: JobHooks = {}) {
      const taskId = newId();
      const input = { format: JOB_FORMAT, artefacts: { url: artefacts.url, token: artefacts.token }, ...job };
      const reply = waitFor(taskId, pending, hooks, options);
      const envelope = {
        task_id: taskId,
        conversation_id: conversation,
        topic: inputTopic(agent),
        input,
        next: null,
      };
      const payload = JSON.stringify({ ...envelope, instruction: null });
      const refused = (thrown: unknown) => pending.get(taskId)?.reject(toError(thrown));
      transport.publish({ topic: envelope.topic, payload, qos: 1 }).catch(refused);
      const told = await reply;
      if (told.ok && told.kind === job.kind) return told as DoneOf<Kind>;
      throw told.ok
        ? new Error(`${agent} answered ${job.kind} with ${told.kind}`)
        : failure(told.error, agent);
    },
  };
}

/** Settles by what comes; rejects when nothing does, or the signal aborts. */
async function waitFor(taskId: string, pending: Map<string, Pending>, hooks: JobHooks, options: LinkOptions) {
  const { clock, silenceMs, agent } = options;
  const { promise, resolve, reject } = Promise.withResolvers<z.output<ReturnType<typeof replySchema>>>();
  const signal = AbortSignal.any([options.signal, ...(hooks.signal ? [hooks.signal] : [])]);
  const stop = () => reject(signal.reason);
  let cancel = () => {};
  const heard = () => {
    cancel();
    cancel = clock.after(silenceMs, () => reject(silent(agent, silenceMs)));
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  pending.set(taskId, { hooks, heard, resolve, reject });
  heard();
  try {
    return await promise;
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
    pending.delete(taskId);
  }
}

const silent = (agent: string, ms: number): ExpectedError =>
  new ExpectedError(`the worker "${agent}" has said nothing for ${ms / 1000} s`, {
    hint: "Its log says more. The job is kept for it: the same command goes on where it was when the worker is back. Wait longer with --worker-timeout.",
  });

const jsonOf = ({ payload }: Delivery): unknown => parseJson(Buffer.from(payload).toString());

function onProgress({ message, metadata }: Progress, waiting: Pending | undefined): void {
  if (!waiting) return;
  waiting.heard();
  const [done, total] = [metadata?.["done"], metadata?.["total"]];
  if (typeof done === "number" && typeof total === "number") waiting.hooks.onCount?.(done, total);
  else waiting.hooks.onLine?.(message);
}

function onReply(delivery: Delivery, pending: Map<string, Pending>, agent: string): void {
  const { data } = taskReplySchema.safeParse(jsonOf(delivery));
  const waiting = data && pending.get(data.task_id);
  if (!waiting) return;
  if (data.error) {
    waiting.reject(
      new ExpectedError(`the worker "${agent}" failed: ${data.error.message}`, {
        hint: "Its log says more. It must be an agent whose provider is direct, with the tool tensorrt_worker.",
      }),
    );
    return;
  }
  const parsed = replySchema().safeParse(parseJson(data.response ?? ""));
  if (parsed.success) waiting.resolve(parsed.data);
  else
    waiting.reject(
      new ExpectedError(`"${agent}" gave no answer of a worker: ${(data.response ?? "").slice(0, 200)}`, {
        hint: "The agent must have the provider direct and the tool tensorrt_worker, of the same version as this program.",
      }),
    );
}

function failure(
  {
    message,
    where,
    hint,
    model,
  }: { message: string; where?: string | undefined; hint?: string | undefined; model: boolean },
  agent: string,
): ExpectedError {
  const about = {
    where: where === undefined ? agent : `${agent}, ${where}`,
    ...(hint !== undefined && { hint }),
  };
  return model ? new ModelFileError(message, about) : new ExpectedError(message, about);
}
