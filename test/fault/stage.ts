import { afterAll, afterEach, beforeAll, setDefaultTimeout } from "bun:test";
import type { IClientOptions } from "mqtt";
import { binary } from "../e2e/binary.ts";
import { type Mosquitto, type MosquittoOptions, mosquitto } from "../peers/mosquitto.ts";
import { echo, type OpenAiServer, type Script, startOpenAiServer } from "../peers/openai-server.ts";
import {
  type AgentFiles,
  type AgentFilesOptions,
  type AgentProcess,
  agentFiles,
  runAgent,
} from "./agent-process.ts";
import { type Consumer, openConsumer } from "./consumer.ts";

/** An agent that a test may end and start again. */
export interface StagedAgent extends AgentProcess {
  id: string;
  files: AgentFiles;
  /** Starts the program once more, on the same files; the one before must have ended. */
  again(env?: Record<string, string>): StagedAgent;
}

export interface Stage {
  readonly broker: Mosquitto;
  readonly llm: OpenAiServer;
  /** Starts the compiled program, under an id of its own; it is killed after the test. */
  agent(options?: Partial<AgentFilesOptions>): Promise<StagedAgent>;
  /** The same, and waits until it is ready. */
  readyAgent(options?: Partial<AgentFilesOptions>): Promise<StagedAgent>;
  /** A consumer of this agent, with a conversation of its own. */
  consumer(agent: { id: string }, options?: IClientOptions): Promise<Consumer>;
  /** A model that answers nothing until told to; `asked` counts who waits for it. */
  blockedModel(): { release(): void; asked(): number };
  /** Something to do after the test, the last first. */
  after(clean: () => unknown): void;
}

/**
 * What a file of tests plays on: a Mosquitto and a scripted provider for all of its tests, agents and consumers for
 * each. After each test the script is the first again.
 */
export function stage(options: { broker?: MosquittoOptions; script?: Script } = {}): Stage {
  const { script = echo } = options;
  const cleanups: (() => unknown)[] = [];
  let broker: Mosquitto;
  let llm: OpenAiServer;
  let named = 0;
  const start = (path: string, files: AgentFiles, env?: Record<string, string>): StagedAgent => {
    const agent = runAgent(path, files, env);
    cleanups.push(() => agent.kill());
    return { ...agent, id: files.id, files, again: (more) => start(path, files, more) };
  };
  const agent: Stage["agent"] = async (more = {}) => {
    const files = await agentFiles({
      brokerUrl: broker.url,
      llmUrl: llm.url,
      id: `victim-${++named}`,
      ...more,
    });
    cleanups.push(files.remove);
    return start(await binary(), files);
  };

  setDefaultTimeout(30_000); // a busy machine is no fault
  beforeAll(async () => {
    llm = startOpenAiServer({ script });
    [broker] = await Promise.all([mosquitto(options.broker), binary()]);
  }, 60_000);
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean();
    llm.script(script);
    llm.requests.length = 0;
  });
  afterAll(async () => {
    await llm.close();
    await broker.stop();
  });

  return {
    get broker() {
      return broker;
    },
    get llm() {
      return llm;
    },
    agent,
    after: (clean) => void cleanups.push(clean),
    blockedModel() {
      const gate = Promise.withResolvers<void>();
      llm.script(async (request) => {
        await gate.promise;
        return echo(request);
      });
      return { release: gate.resolve, asked: () => llm.requests.length };
    },
    async readyAgent(more) {
      const started = await agent(more);
      await started.ready();
      return started;
    },
    async consumer({ id }, more = {}) {
      const consumer = await openConsumer(broker.port, id, `talk-${++named}`, more);
      cleanups.push(consumer.close);
      return consumer;
    },
  };
}
