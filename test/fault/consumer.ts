import mqtt from "mqtt";

/** Sends tasks and gathers what comes back, as a consumer that knows its tasks by their task_id. */
export interface Consumer {
  send(taskId: string, more?: Record<string, unknown>): Promise<void>;
  /** By task_id: every distinct payload that came, and how often any did. */
  readonly answers: ReadonlyMap<string, { payloads: Set<string>; count: number }>;
  close(): Promise<void>;
}

export async function openConsumer(port: number, agentId: string, conversation: string): Promise<Consumer> {
  const client = await mqtt.connectAsync({
    protocol: "mqtt",
    host: "127.0.0.1",
    port,
    protocolVersion: 5,
    clientId: `consumer-${conversation}`,
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 50,
  });
  const answers = new Map<string, { payloads: Set<string>; count: number }>();
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
  return {
    answers,
    async send(taskId, more = {}) {
      const task = { task_id: taskId, conversation_id: conversation, topic, instruction: `task ${taskId}`, input: {}, next: null };
      await client.publishAsync(topic, JSON.stringify({ ...task, ...more }), { qos: 1 });
    },
    close: () => client.endAsync(true),
  };
}
