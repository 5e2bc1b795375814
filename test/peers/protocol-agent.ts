import mqtt from "mqtt";
import { z } from "zod";

/**
 * An agent that knows the protocol and nothing of this program, after the implementation in Rust: what it reads is as
 * strict as there, and what it publishes has the same fields, no more.
 */

const nextTask = z.object({
  topic: z.string(),
  instruction: z.string().nullish(),
  input: z.unknown().optional(),
  get next() {
    return nextTask.nullish();
  },
});
const v1 = z.object({
  task_id: z.uuid(),
  conversation_id: z.string(),
  topic: z.string(),
  instruction: z.string().nullish(),
  /** There is no default: it must be there, if only as null. */
  input: z.json(),
  next: nextTask.nullish(),
});
const step = z.object({ agent_id: z.string(), action: z.string(), timestamp: z.string() });
const routingStep = z.object({
  from_agent: z.string(),
  to_agent: z.string(),
  reason: z.string(),
  timestamp: z.string(),
  step_number: z.int().min(0),
});
const v2 = v1.extend({
  version: z.string(),
  context: z
    .object({
      original_query: z.string(),
      steps_completed: z.array(step),
      iteration_count: z.int().min(0).default(0),
    })
    .nullish(),
  routing_trace: z.array(routingStep).nullish(),
});
/** Which of the two it is, is tried in this order. */
const envelope = z.union([v2, v1]);
export type PeerTask = z.output<typeof envelope>;

export interface ProtocolAgent {
  /** Tasks that it read. */
  readonly tasks: PeerTask[];
  /** Messages on its input topic that it could not read. */
  readonly unreadable: string[];
  /** From now on every task ends in this error. */
  fail(code: string, message: string): void;
  /** Says goodbye as it does: not retained, so that its `available` stays. */
  close(): Promise<void>;
}

export interface ProtocolAgentOptions {
  url: string;
  id: string;
  /** The text that it answers with. */
  work?(task: PeerTask): string;
  /** Instead of `{agent_id, status, timestamp}`: what its registry reads. */
  discoverable?: boolean;
}

export async function protocolAgent(options: ProtocolAgentOptions): Promise<ProtocolAgent> {
  const { url, id, work = () => `${id} did it` } = options;
  const own = (what: string) => `/control/agents/${id}/${what}`;
  const status = (value: string) => ({ agent_id: id, status: value, timestamp: nanoseconds() });
  const client = await mqtt.connectAsync(url, {
    protocolVersion: 5,
    clientId: id,
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    will: { topic: own("status"), payload: JSON.stringify(status("unavailable")), qos: 1, retain: true },
  });
  const say = (topic: string, message: object, more: object = {}) =>
    client.publishAsync(topic, JSON.stringify(message), { qos: 1, ...more });
  const tasks: PeerTask[] = [];
  const unreadable: string[] = [];
  let failure: { code: string; message: string } | undefined;
  client.on("message", (topic, payload, { retain }) => {
    if (retain) return;
    const read = envelope.safeParse(JSON.parse(payload.toString()));
    if (!read.success || read.data.topic !== topic) return void unreadable.push(payload.toString());
    tasks.push(read.data);
    void pass(read.data, work(read.data));
  });
  /** Answers only when the task ends here, as it does. */
  const pass = async ({ task_id, conversation_id, next }: PeerTask, response: string) => {
    const conversation = `/conversations/${conversation_id}/${id}`;
    await say(own("progress"), progress(id, task_id, conversation_id), { qos: 0 });
    if (failure) return say(conversation, { error: failure, task_id });
    if (!next) return say(conversation, { response, task_id });
    const { topic, instruction = null, input, next: rest = null } = next;
    return say(topic, {
      task_id,
      conversation_id,
      topic,
      instruction,
      input: input ?? response,
      next: rest,
    });
  };
  await client.subscribeAsync(own("input"), { qos: 1 });
  const hello = options.discoverable
    ? { health: "ok", load: 0.25, last_updated: nanoseconds(), description: `peer ${id}`, handles: ["x"] }
    : { ...status("available"), capabilities: ["peering"], description: `peer ${id}` };
  await say(own("status"), hello, { retain: true, properties: { messageExpiryInterval: 3600 } });
  return {
    tasks,
    unreadable,
    fail(code, message) {
      failure = { code, message };
    },
    async close() {
      await say(own("status"), status("unavailable"));
      await client.endAsync();
    },
  };
}

/** As chrono writes times. */
const nanoseconds = () => new Date().toISOString().replace("Z", "123456Z");

const progress = (agent_id: string, task_id: string, conversation_id: string) => ({
  agent_id,
  task_id,
  conversation_id,
  timestamp: nanoseconds(),
  category: "General",
  event_type: "TaskComplete",
  message: "9-step processing completed successfully",
  metadata: null,
});
