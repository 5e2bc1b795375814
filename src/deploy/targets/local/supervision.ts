import * as z from "../../../base/zod.ts";
import type { AgentPlan, BrokerPlan, DeployPlan } from "../../plan.ts";
import { shortHash } from "../../short-hash.ts";
import { brokerName, plainEnv, renderedPath } from "./layout.ts";

/** What the supervisor keeps running: the rendered file that it reads. */

export const SUPERVISION_FILE = "supervision.json";

export const supervisionSchema = () =>
  z.object({
    version: z.string(),
    project: z.string(),
    /** Name of the broker that is started when none answers. */
    broker: z.optional(z.string()),
    agents: z.array(
      z.object({
        name: z.string(),
        agentId: z.string(),
        /** Relative to the file. */
        config: z.string(),
        args: z.array(z.string()),
        env: z.record(z.string(), z.string()),
        secrets: z.array(z.string()),
        killAfterSeconds: z.number(),
        health: z.boolean(),
        /** Tells one version of the config and of what stands here from another. */
        hash: z.string(),
      }),
    ),
  });
export type Supervision = z.output<ReturnType<typeof supervisionSchema>>;

export function supervisionOf(plan: DeployPlan): Supervision {
  const { version, project, broker, agents } = plan;
  return {
    version: `agent-deploy ${version}`,
    project,
    ...(broker.kind === "included" && { broker: brokerName(plan) }),
    agents: agents.map((agent) => supervised(agent, broker)),
  };
}

function supervised(agent: AgentPlan, broker: BrokerPlan): Supervision["agents"][number] {
  const entry = {
    name: agent.name,
    agentId: agent.agentId,
    config: renderedPath(agent, agent.config),
    args: [...agent.args],
    env: plainEnv(agent, broker),
    secrets: agent.secrets.map(({ name }) => name),
    killAfterSeconds: agent.killAfterSeconds,
    health: agent.health !== undefined,
  };
  return { ...entry, hash: shortHash(JSON.stringify([entry, agent.config.hash])) };
}
