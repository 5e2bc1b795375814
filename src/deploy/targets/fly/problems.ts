import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { PlanProblem } from "../../target.ts";
import { flyVm } from "./vm.ts";

/** Seconds that Fly waits at most before it kills: https://fly.io/docs/reference/configuration/#kill_timeout-option */
const LONGEST_KILL_TIMEOUT = 300;

/** What Fly cannot carry. */
export function flyProblems({ broker, agents }: DeployPlan): PlanProblem[] {
  const own: PlanProblem[] =
    broker.kind === "external"
      ? []
      : [
          {
            message:
              "no broker is deployed along on Fly, and the config names none that a Machine could reach",
            hint: "Name one that is reachable from the Internet: --set MQTT_BROKER_URL=mqtts://broker.example.com:8883",
          },
        ];
  return [
    ...own,
    ...agents.flatMap((agent) => agentProblems(agent).map((problem) => ({ agent: agent.name, ...problem }))),
  ];
}

function agentProblems(agent: AgentPlan): PlanProblem[] {
  const { health, settings, killAfterSeconds, env, secrets } = agent;
  const found: (PlanProblem | false)[] = [
    agent.accelerator !== undefined && {
      message: "Fly has no NVIDIA Jetson, which the deployment asks for",
      hint: "Deploy to the board itself, with agent-deploy deploy jetson; or leave out --accelerator.",
    },
    killAfterSeconds > LONGEST_KILL_TIMEOUT && {
      message: `Fly waits ${LONGEST_KILL_TIMEOUT} s at most for an agent to stop; this one asks for ${killAfterSeconds} s`,
      hint: `Set [runtime] drain_secs to ${LONGEST_KILL_TIMEOUT - (killAfterSeconds - Math.ceil(agent.drainSeconds))} or less: what is not done by then is taken up at the next start.`,
    },
    flyVm(agent) === undefined && {
      message: `no Machine has ${agent.resources.limits.cpu} CPUs and ${agent.resources.limits.memory} of memory`,
      hint: "Lower [deploy.resources.limits]: at most 16 CPUs, and 8Gi for each.",
    },
    health === undefined &&
      settings.public && {
        message: "public = true, but the health server is off: nothing would answer",
        hint: "Switch it on with [server] enabled = true, or set [deploy] public = false.",
      },
    health === undefined &&
      settings.fly.strategy === "bluegreen" && {
        message: "bluegreen needs a health check, and the health server is off",
        hint: 'Switch it on with [server] enabled = true, or set [deploy.fly] strategy = "rolling".',
      },
    ...[...Object.keys(env), ...secrets.map(({ name }) => name)]
      .filter((name) => name.startsWith("FLY_"))
      .map((name) => ({
        message: `${name} cannot be set: names that begin with FLY_ belong to Fly`,
        hint: "Give the variable another name in the config.",
      })),
  ];
  return found.filter((problem) => problem !== false);
}
