import { type SupervisedProcess, type Supervisor, supervise } from "../../deploy/supervise/supervise.ts";
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
  const surroundings: Surroundings = { ctx, rendered, folder, brokerUrl: broker?.url };
  const brokerName = broker?.port === undefined ? undefined : supervision.broker;
  const names = [
    ...(brokerName === undefined ? [] : [brokerName]),
    ...supervision.agents.map(({ name }) => name),
  ];
  const files = logFiles(folder);
  const deps = {
    spawn: spawnProcess,
    clock: ctx.clock,
    random: Math.random,
    tell: reporter(ctx, names, files.append),
  };
  const brokers = supervise(
    brokerName === undefined || broker?.port === undefined
      ? []
      : [brokerProcess(brokerName, broker.port, surroundings)],
    deps,
  );
  try {
    if (brokerName !== undefined && broker !== undefined) await untilAnswers(ctx, broker.url);
    const ports = await Promise.all(supervision.agents.map(freePort));
    const agents = supervision.agents.map((agent, i) =>
      agentProcess(agent, supervision, ports[i]!, surroundings),
    );
    const supervisor = supervise(agents, deps);
    return await untilStopped(ctx, {
      supervision,
      supervisor,
      brokers,
      agents,
      ports,
      folder,
      brokerUrl: broker?.url,
    });
  } finally {
    await brokers.stop();
  }
}

interface Kept {
  supervision: Supervision;
  supervisor: Supervisor;
  brokers: Supervisor;
  agents: SupervisedProcess[];
  ports: readonly number[];
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
  { supervision, supervisor, brokers, ports, agents, brokerUrl }: Kept,
  readiness: Readiness,
): SupervisorStatus {
  const runningAgents = supervisor.status().map((status, i) => {
    const { secrets, hash, name } = supervision.agents[i]!;
    return {
      ...status,
      url: `http://127.0.0.1:${ports[i]}`,
      ready: readiness.isReady(name),
      secrets: secrets.filter((secret) => agents[i]?.env[secret]),
      hash,
    };
  });
  const broker = brokers.status().map((status) => ({ ...status, url: brokerUrl, secrets: [] }));
  return { project: supervision.project, broker: brokerUrl, processes: [...broker, ...runningAgents] };
}

async function restart(
  { supervision, supervisor, agents }: Kept,
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<boolean> {
  const index = supervision.agents.findIndex((one) => one.name === name);
  const agent = agents[index];
  if (agent === undefined) return false;
  const next = { ...agent, env: { ...agent.env, ...variables } };
  agents[index] = next;
  return supervisor.replace(next);
}
