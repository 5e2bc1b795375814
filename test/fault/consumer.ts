import { randomUUID } from "node:crypto";
import mqtt, { type IClientOptions } from "mqtt";
import { type Reply, replySchema } from "../../src/protocol/messages.ts";
import { until } from "../peers/until.ts";

/** What came back for one task. */
export interface Answer {
  /** Every distinct payload. */
  payloads: Set<string>;
  /** Messages, those included that the broker delivered again. */
  count: number;
}

/** Sends tasks and gathers what comes back, as a consumer that knows its tasks by their task_id. */
export interface Consumer {
  /** Id of its conversation. */
  readonly conversation: string;
  /** Resolves when the broker has taken the task over. */
  send(taskId: string, more?: Record<string, unknown>): Promise<void>;
  /** Sends a task of this instruction, and waits for its reply. */
  ask(instruction: string, more?: Record<string, unknown>): Promise<Reply>;
  /** Waits for the reply to a task. */
  reply(taskId: string, ms?: number): Promise<Reply>;
  /** By task_id. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** Every distinct reply, in order of arrival. */
  replies(): Reply[];
  /** Everything that came, as it came. */
  text(): string;
  close(): Promise<void>;
}

export async function openConsumer(
  port: number,
  agentId: string,
  conversation: string,
  options: IClientOptions = {},
): Promise<Consumer> {
  const client = await mqtt.connectAsync({
    protocol: "mqtt",
    host: "127.0.0.1",
    port,
    protocolVersion: 5,
    clientId: `consumer-${conversation}`,
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 50,
    ...options,
  });
  client.on("error", () => {}); // it connects again
  const answers = new Map<string, Answer>();
  client.on("message", (_topic, payload) => {
    const text = payload.toString();
    const { task_id } = JSON.parse(text) as { task_id: string };
    const answer = answers.get(task_id) ?? { payloads: new Set(), count: 0 };
    answer.payloads.add(text);
    answer.count += 1;
    answers.set(task_id, answer);
  });
  await client.subscribeAsync(`/conversations/${conversation}/+`, { qos: 1 });
  const topic = `/control/agents/${agentId}/input`;
  const send: Consumer["send"] = async (taskId, more = {}) => {
    const task = { task_id: taskId, conversation_id: conversation, topic, instruction: `task ${taskId}` };
    await client.publishAsync(topic, JSON.stringify({ ...task, input: {}, next: null, ...more }), { qos: 1 });
  };
  const reply: Consumer["reply"] = async (taskId, ms) => {
    const { payloads } = await until(`a reply to ${taskId}`, () => answers.get(taskId), ms);
    return replySchema.parse(JSON.parse([...payloads][0]!));
  };
  const payloads = () => [...answers.values()].flatMap((answer) => [...answer.payloads]);
  return {
    conversation,
    answers,
    replies: () => payloads().map((payload) => replySchema.parse(JSON.parse(payload))),
    text: () => payloads().join("\n"),
    send,
    reply,
    async ask(instruction, more = {}) {
      const taskId = randomUUID();
      await send(taskId, { instruction, ...more });
      return reply(taskId);
    },
    close: () => client.endAsync(true),
  };
}

export const taskIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID());

/** Of these tasks: how many have a reply, which have none, and which have several that differ. */
export function tally({ answers }: Consumer, ids: readonly string[]) {
  return {
    answered: ids.filter((id) => answers.has(id)).length,
    missing: ids.filter((id) => !answers.has(id)),
    ambiguous: ids.filter((id) => (answers.get(id)?.payloads.size ?? 0) > 1),
    /** The scripted model echoes: any other text is a wrong reply. */
    wrong: ids.filter((id) =>
      [...(answers.get(id)?.payloads ?? [])].some((payload) => !payload.includes(`task ${id}`)),
    ),
  };
}

/** What `tally` says when each of `count` tasks was answered, rightly and in one way. */
export const allAnswered = (count: number) => ({ answered: count, missing: [], ambiguous: [], wrong: [] });
