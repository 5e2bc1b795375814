import { isLoopbackHost } from "../base/hosts.ts";
import type { AgentInput } from "./agent-input.ts";
import type { BrokerAuth, BrokerPlan } from "./plan.ts";
import type { PlanProblem } from "./target.ts";

const MOSQUITTO = "eclipse-mosquitto:2.0.22";
const PORT = 1883;

export interface PlannedBroker {
  broker: BrokerPlan;
  problems: PlanProblem[];
}

/**
 * One broker for all: that which the configs name, or one that is deployed along. `open`: all run on this machine, where
 * its own broker is reached and wants no login.
 */
export function planBroker(
  inputs: readonly AgentInput[],
  project: string,
  { open }: { open: boolean },
): PlannedBroker {
  const problems: PlanProblem[] = [];
  const included = inputs.filter(wantsIncluded);
  if (included.length > 0 && included.length < inputs.length) {
    const [other] = inputs.filter((input) => !wantsIncluded(input));
    problems.push({
      message: `${included[0]!.agentId} wants a broker deployed along, ${other!.agentId} has one at ${withoutLogin(other!.brokerUrl)}`,
      hint: ONE_BROKER,
    });
  }
  const [first, ...others] = inputs;
  const url = withoutLogin(first!.brokerUrl);
  if (included.length === 0) {
    const other = others.find(({ brokerUrl }) => withoutLogin(brokerUrl) !== url);
    if (other !== undefined) problems.push(twoBrokers(first!, other));
    return {
      broker: { kind: "external", url },
      problems: [...problems, ...(open ? [] : unreachable(inputs))],
    };
  }
  const host = `${project.slice(0, 56).replace(/-+$/, "")}-broker`;
  const { auth, problem } = open ? {} : planLogin(inputs);
  const inside = `mqtt://${host}:${PORT}`;
  return {
    broker: { kind: "included", image: MOSQUITTO, host, port: PORT, url: inside, ...(auth && { auth }) },
    problems: problem === undefined ? problems : [...problems, problem],
  };
}

const twoBrokers = (one: AgentInput, other: AgentInput): PlanProblem => ({
  message: `${one.agentId} has its broker at ${withoutLogin(one.brokerUrl)}, ${other.agentId} at ${withoutLogin(other.brokerUrl)}`,
  hint: ONE_BROKER,
});

const ONE_BROKER =
  "Agents that are deployed together use one broker: name it for all with --set MQTT_BROKER_URL=…, or deploy them apart.";

function wantsIncluded({ deploy, brokerUrl }: AgentInput): boolean {
  return deploy.broker === "included" || (deploy.broker === "auto" && isLoopback(brokerUrl));
}

/** A broker on this machine is another one inside a container. */
const unreachable = (inputs: readonly AgentInput[]): PlanProblem[] =>
  inputs
    .filter(({ brokerUrl }) => isLoopback(brokerUrl))
    .map(({ agentId, brokerUrl }) => ({
      agent: agentId,
      message: `the broker ${brokerUrl} is not to be reached from where the agent will run`,
      hint: 'Name one that is: --set MQTT_BROKER_URL=mqtts://…; or have one deployed along: [deploy] broker = "included".',
    }));

const isLoopback = (url: string): boolean => isLoopbackHost(URL.parse(url)?.hostname ?? "");

/** The address without a user name and password. */
function withoutLogin(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}

/** The agents and the broker share one login, so all configs must name the same variables, or none. */
function planLogin(inputs: readonly AgentInput[]): { auth?: BrokerAuth; problem?: PlanProblem } {
  const [first] = inputs;
  const { username, password } = first!.login;
  const other = inputs.find(({ login }) => login.username !== username || login.password !== password);
  if (other !== undefined) {
    return {
      problem: {
        message: `${first!.agentId} and ${other.agentId} take the broker's login from different variables`,
        hint: "Let [mqtt] username_env and password_env be the same in all of them: they share one broker.",
      },
    };
  }
  if (username === undefined || password === undefined) return {};
  return { auth: { usernameSecret: username, passwordSecret: password } };
}
