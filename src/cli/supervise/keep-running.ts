import type { SupervisedProcess } from "../../deploy/supervise/process.ts";
import { type Supervisor, supervise } from "../../deploy/supervise/supervise.ts";
import type { Supervision } from "../../deploy/targets/local/supervision.ts";
import type { Context } from "../framework/context.ts";
import type { SupervisorStatus } from "./control-client.ts";
import { openControls } from "./control-server.ts";
import { findBroker, freePort, untilAnswers } from "./find-broker.ts";
import { logFiles } from "./log-files.ts";
import { agentProcess, brokerProcess, type Surroundings } from "./processes.ts";
import { reporter, tellNote, tellReady } from "./reporter.ts";
import type { RunFolder } from "./run-folder.ts";
import { spawnProcess } from "./spawn-process.ts";
import { type Readiness, watchReadiness } from "./watch-readiness.ts";

export interface Places {
  /** Folder of the supervision's file. */
  rendered: string;
  folder: RunFolder;
}

/** Runs the agents, with a broker if none answers, until someone stops them. 1: one of them was given up. */
export async function keepRunning(
  ctx: Context,
  supervision: Supervision,
  { rendered, folder }: Places,
): Promise<0 | 1> {
  const broker = supervision.broker === undefined ? undefined : await findBroker(ctx);
  const brokerUrl = broker?.url;
  const surroundings: Surroundings = { ctx, rendered, folder, brokerUrl };
  const own =
    supervision.broker === undefined || broker?.port === undefined
      ? []
      : [brokerProcess(supervision.broker, broker.port, surroundings)];
  const names = [...own, ...supervision.agents].map(({ name }) => name);
  const deps = {
    spawn: spawnProcess,
    clock: ctx.clock,
    random: Math.random,
    tell: reporter(ctx, names, logFiles(folder).append),
  };
  const brokers = supervise(own, deps);
  try {
    if (own.length > 0 && brokerUrl !== undefined) await untilAnswers(ctx, brokerUrl);
    const agents = await keptAgents(supervision, surroundings);
    const supervisor = supervise(
      agents.map(({ started }) => started),
      deps,
    );
    return await untilStopped(ctx, { supervision, supervisor, brokers, agents, folder, brokerUrl });
  } finally {
    await brokers.stop();
  }
}

type KeptAgent = Supervision["agents"][number] & {
  /** Of its health server. */
  port: number;
  /** As it is started. */
  started: SupervisedProcess;
};

const keptAgents = (supervision: Supervision, surroundings: Surroundings): Promise<KeptAgent[]> =>
  Promise.all(
    supervision.agents.map(async (agent) => {
      const port = await freePort();
      return { ...agent, port, started: agentProcess(agent, supervision, port, surroundings) };
    }),
  );

interface Kept {
  supervision: Supervision;
  supervisor: Supervisor;
  brokers: Supervisor;
  agents: readonly KeptAgent[];
  folder: RunFolder;
  brokerUrl: string | undefined;
}

async function untilStopped(ctx: Context, kept: Kept): Promise<0 | 1> {
  const { supervision, supervisor, folder, brokerUrl } = kept;
  const asked = Promise.withResolvers<void>();
  ctx.signal.addEventListener("abort", () => asked.resolve(), { once: true });
  if (ctx.signal.aborted) asked.resolve();
  const readiness = watchReadiness(ctx, kept, () => tellReady(ctx, supervision, brokerUrl));
  const controls = await openControls(folder, {
    status: () => statusOf(kept, readiness),
    stop: asked.resolve,
    restart: (name, variables) => restart(kept, name, variables),
  });
  try {
    await Promise.race([asked.promise, supervisor.ended]);
    readiness.stop();
    tellNote(ctx, "Letting running tasks end first.");
    await supervisor.stop();
  } finally {
    await controls.close();
  }
  return supervisor.status().some(({ state }) => state === "gave up") ? 1 : 0;
}

function statusOf(
  { supervision, supervisor, brokers, agents, brokerUrl }: Kept,
  readiness: Readiness,
): SupervisorStatus {
  const runningAgents = supervisor.status().map((status, i) => {
    const { secrets, hash, name, port, started } = agents[i]!;
    return {
      ...status,
      url: `http://127.0.0.1:${port}`,
      ready: readiness.isReady(name),
      secrets: secrets.filter((secret) => started.env[secret]),
      hash,
    };
  });
  const broker = brokers.status().map((status) => ({ ...status, url: brokerUrl, secrets: [] }));
  return { project: supervision.project, broker: brokerUrl, processes: [...broker, ...runningAgents] };
}

async function restart(
  { supervisor, agents }: Kept,
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<boolean> {
  const agent = agents.find((one) => one.name === name);
  if (agent === undefined) return false;
  agent.started = { ...agent.started, env: { ...agent.started.env, ...variables } };
  return supervisor.replace(agent.started);
}
