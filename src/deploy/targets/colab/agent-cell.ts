import { posix } from "node:path";
import { CONTAINER } from "../../container.ts";
import type { AgentPlan } from "../../plan.ts";
import { linesOf } from "./notebook.ts";

/**
 * What the plan says of an agent, as Python assignments. Only strings, numbers, lists and objects of them: JSON of these
 * is Python, too.
 */
export function agentCell(agent: AgentPlan): string {
  const files = [agent.config, ...agent.files].map(({ path, text }) => [
    posix.relative(CONTAINER.configFolder, path),
    linesOf(text),
  ]);
  const values = {
    NAME: agent.name,
    ARGS: agent.args,
    ENV: agent.env,
    SECRETS: Object.fromEntries(
      agent.secrets.map(({ name, required }) => [name, required ? "required" : "optional"]),
    ),
    // 0: nothing can be asked whether it is ready.
    START_SECONDS: agent.health?.startSeconds ?? 0,
    STOP_SECONDS: agent.killAfterSeconds,
    FILES: Object.fromEntries(files),
  };
  const assignments = Object.entries(values).map(
    ([name, value]) => `${name} = ${JSON.stringify(value, null, 2)}`,
  );
  return [
    "#@title The agent",
    "#@markdown Its config and what belongs to it, as agent-deploy rendered it.",
    ...assignments,
  ].join("\n");
}
