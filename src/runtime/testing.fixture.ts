import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManualClock } from "../../test/peers/manual-clock.ts";
import { until } from "../../test/peers/until.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { redactor } from "../base/redact.ts";
import { silent } from "../log/logger.ts";
import { inputTopic } from "../protocol/topics.ts";
import { openSqliteStore } from "../storage/sqlite/store.ts";
import { memoryBroker } from "../transport/memory.fixture.ts";
import type { MemoryBrokerOptions } from "../transport/memory-broker.fixture.ts";
import { type RunningAgent, startAgent } from "./agent.ts";
import { agentSection, budgetSection, runtimeSection } from "./config.ts";
import { noMetrics } from "./no-metrics.fixture.ts";
import type { ChatReply, ChatRequest, Model } from "./ports/model.ts";
import type { Checked, Tool } from "./ports/tool.ts";
import { unavailableStatus } from "./status.ts";
import type { AgentOptions, AgentWorld } from "./world.ts";

/** For the runtime's tests: agents with real journals on an in-memory broker, and models that do as they are told. */

export const TASK_ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
export const taskId = (n: number): string => `3f2504e0-4f89-41d3-9a0c-${n.toString(16).padStart(12, "0")}`;

export function envelope(agentId: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    task_id: TASK_ID,
    conversation_id: "talk",
    topic: inputTopic(agentId),
    instruction: "say hello",
    input: {},
    next: null,
    ...more,
  };
}

export const reply = (text: string, more: Partial<ChatReply> = {}): ChatReply => ({
  text,
  toolCalls: [],
  usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 },
  cost: 0.001,
  answeredBy: "test/model",
  truncated: false,
  ...more,
});

export const calls = (...wanted: [name: string, args: unknown][]): ChatReply =>
  reply("", {
    toolCalls: wanted.map(([name, args], i) => ({
      id: `call_${i}`,
      name,
      arguments: typeof args === "string" ? args : JSON.stringify(args),
    })),
  });

/** A model that answers by this function; what it was asked is kept. */
export function modelOf(
  answer: (request: ChatRequest, signal: AbortSignal) => ChatReply | Promise<ChatReply>,
) {
  const requests: ChatRequest[] = [];
  const model: Model = {
    id: "test/model",
    async verify() {},
    async chat(request, { signal }) {
      requests.push(structuredClone(request));
      return answer(request, signal);
    },
  };
  return { model, requests };
}

/** A model that gives these answers in turn. */
export function scripted(...replies: ChatReply[]) {
  const left = [...replies];
  return modelOf(() => {
    const next = left.shift();
    if (!next) throw new Error("the script of this test's model is at its end");
    return next;
  });
}

export const echoing = () => modelOf(({ messages }) => reply(`echo: ${messages.at(-1)!.content}`));

export function toolOf(
  name: string,
  run: Tool["run"],
  check: (args: unknown) => Checked = (value) => ({ ok: true, value }),
): Tool {
  return { name, description: name, parameters: { type: "object", properties: {} }, check, run };
}

export interface BedOptions extends Partial<Omit<AgentOptions, "agent" | "budget" | "runtime">> {
  id?: string;
  /** Of MQTT; default: the agent's id. */
  clientId?: string;
  /** File of the journal, without its ending; default: the agent's id. */
  journal?: string;
  agent?: Record<string, unknown>;
  budget?: Record<string, unknown>;
  runtime?: Record<string, unknown>;
  model?: Model;
  tools?: Tool[];
  world?: Partial<AgentWorld>;
}

/** One broker, and agents whose journals live as long as the bed: an agent started again finds its tasks. */
export function bed(options: MemoryBrokerOptions = {}) {
  const dir = mkdtempSync(join(tmpdir(), "agents-"));
  const broker = memoryBroker(options);
  const running = new Set<RunningAgent>();
  const clocks = new Set<Clock & Partial<ManualClock>>();
  const bed = {
    broker,
    dir,
    /** Starts an agent and does not wait for it. */
    begin(options: BedOptions = {}): RunningAgent {
      const id = options.id ?? "tester";
      const agent = startAgent(agentOptions(id, options), {
        store: options.world?.store ?? openSqliteStore({ file: join(dir, `${options.journal ?? id}.db`) }),
        transport: broker.client({
          clientId: options.clientId ?? id,
          clean: false,
          receiveMaximum: 128,
          handsOver: true,
          will: unavailableStatus(id, Date.now()),
        }),
        openModel: async () => options.model ?? echoing().model,
        openTools: async () => ({
          tools: options.tools ?? [],
          checks: async () => ({}),
          close: async () => {},
        }),
        metrics: noMetrics,
        redact: redactor(["hunter2-secret"]),
        clock: systemClock,
        random: () => 0.5,
        log: silent,
        ...options.world,
      });
      running.add(agent);
      clocks.add(options.world?.clock ?? systemClock);
      return agent;
    },
    /** Starts an agent that is ready when this resolves. */
    async start(options: BedOptions = {}): Promise<RunningAgent> {
      const agent = bed.begin(options);
      await agent.started;
      return agent;
    },
    send(task: Record<string, unknown> | string): void {
      const payload = typeof task === "string" ? task : JSON.stringify(task);
      const topic = typeof task === "string" ? inputTopic("tester") : String(task["topic"]);
      broker.publish({ topic, payload, qos: 1 });
    },
    /** What was published on conversation topics. */
    replies: () => parsed(broker.published.filter(({ topic }) => topic.startsWith("/conversations/"))),
    /** The replies, once there are so many. */
    answered: (count = 1) =>
      until(`${count} replies`, () => (bed.replies().length >= count ? bed.replies() : undefined)),
    on: (topic: string) => parsed(broker.published.filter((publication) => publication.topic === topic)),
    async stop() {
      for (const clock of clocks) clock.skip?.(Number.POSITIVE_INFINITY);
      await Promise.all([...running].map((agent) => agent.stop(0)));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return bed;
}

export type Bed = ReturnType<typeof bed>;

function agentOptions(id: string, { agent, budget, runtime, ...rest }: BedOptions): AgentOptions {
  return {
    agent: agentSection.parse({ id, description: "made for a test", ...agent }),
    budget: budgetSection.parse(budget ?? {}),
    runtime: runtimeSection.parse(runtime ?? {}),
    routing: rest.routing,
    systemPrompt: rest.systemPrompt ?? "You are a test.",
    output: rest.output,
    heartbeatSecs: rest.heartbeatSecs ?? 900,
    shared: rest.shared,
  };
}

const parsed = (publications: readonly { topic: string; payload: string }[]) =>
  publications.map(({ topic, payload }): Record<string, unknown> => ({ topic, ...JSON.parse(payload) }));
