import { join } from "node:path";
import type { SupervisedProcess } from "../../deploy/supervise/process.ts";
import type { Supervision } from "../../deploy/targets/local/supervision.ts";
import type { Context } from "../framework/context.ts";
import type { RunFolder } from "./run-folder.ts";

export interface Surroundings {
  ctx: Pick<Context, "env" | "executable">;
  /** Folder of the supervision's file. */
  rendered: string;
  folder: RunFolder;
  /** Undefined: that of the config. */
  brokerUrl: string | undefined;
}

type SupervisedAgent = Supervision["agents"][number];

/** Its secrets come from our environment, and it sees those of no other agent. */
export function agentProcess(
  agent: SupervisedAgent,
  { agents }: Supervision,
  port: number,
  { ctx, rendered, folder, brokerUrl }: Surroundings,
): SupervisedProcess {
  const foreign = new Set(agents.flatMap(({ secrets }) => secrets));
  const inherited = Object.entries(ctx.env).filter(
    ([name]) => agent.secrets.includes(name) || !foreign.has(name),
  );
  return {
    name: agent.name,
    argv: [ownProgram(ctx), ...agent.args],
    env: {
      ...defined(inherited),
      ...agent.env,
      LOG_FORMAT: ctx.env["LOG_FORMAT"] || "pretty",
      ...(brokerUrl !== undefined && { MQTT_BROKER_URL: brokerUrl }),
      CONFIG_PATH: join(rendered, agent.config),
      AGENT2389_DATA_DIR: folder.data(agent.name),
      HEALTH_HOST: "127.0.0.1",
      HEALTH_PORT: String(port),
    },
    killAfterSeconds: agent.killAfterSeconds,
  };
}

const BROKER_KILL_SECONDS = 30;

/** The embedded broker, which lets in everybody on this machine, as `agent2389 up` does. */
export const brokerProcess = (
  name: string,
  port: number,
  { ctx, folder }: Surroundings,
): SupervisedProcess => ({
  name,
  argv: [ownProgram(ctx), "broker", "--port", String(port), "--dir", folder.data(name), "--quiet"],
  env: defined(Object.entries(ctx.env).filter(([key]) => key !== "MQTT_USERNAME" && key !== "MQTT_PASSWORD")),
  killAfterSeconds: BROKER_KILL_SECONDS,
});

const ownProgram = ({ executable = "agent2389" }: Pick<Context, "executable">): string => executable;

const defined = (entries: readonly [string, string | undefined][]): Record<string, string> =>
  Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
