import { ExpectedError } from "../../../../base/errors.ts";
import type { AgentPlan, DeployPlan } from "../../../plan.ts";
import type { SecretQuery, SecretValues, Step } from "../../../target.ts";
import { agentLabels, brokerLabels, loginName, namespaceOf, secretName } from "../names.ts";
import { kubectl, serverSide } from "./kubectl.ts";
import { namespaceSteps } from "./namespace-steps.ts";
import { restartForSecrets } from "./restart.ts";

/** Sets these secrets, of the agent and of a broker that has the same login, and restarts what has read others. */
export function pushSecrets(
  plan: DeployPlan,
  agent: AgentPlan,
  names: readonly string[],
  dir: string,
): Step[] {
  const store = storeOf(agent);
  if (store !== undefined) {
    throw new ExpectedError(`the secrets of ${agent.name} come from the store ${store}`, {
      hint: `Set them there, in the entry ${agent.name}; the External Secrets Operator brings them to the cluster.`,
    });
  }
  return [
    ...namespaceSteps(plan, dir),
    ...setLogin(plan, names),
    ...setAgentSecrets(plan, agent, names),
    ...restartForSecrets(plan, [agent]),
  ];
}

/** Store of the External Secrets Operator that the agent's secrets come from. */
export const storeOf = ({ settings }: AgentPlan): string | undefined => settings.k8s.external_secret_store;

/** Those of the names that are the agent's. The others of its Secret stay as they are. */
export const setAgentSecrets = (plan: DeployPlan, agent: AgentPlan, names: readonly string[]): Step[] =>
  storeOf(agent) === undefined
    ? setSecrets(
        plan,
        { name: secretName(agent), labels: agentLabels(plan, agent) },
        agent.secrets.map(({ name }) => name).filter((name) => names.includes(name)),
      )
    : [];

/** The login of the broker that is deployed along, if it is among the names. */
export function setLogin(plan: DeployPlan, names: readonly string[]): Step[] {
  const { broker, agents } = plan;
  if (broker.kind === "external" || broker.auth === undefined || storeOf(agents[0]!) !== undefined) return [];
  const login = Object.values(broker.auth).filter((name) => names.includes(name));
  return setSecrets(plan, { name: loginName(broker), labels: brokerLabels(plan, broker) }, login);
}

/** Which variables have a value in the agent's Secret. */
export function listSecrets(plan: DeployPlan, agent: AgentPlan): SecretQuery {
  if (storeOf(agent) !== undefined) return inStore(plan, agent);
  return {
    argv: kubectl(
      plan,
      ...["get", "secret", secretName(agent), "--ignore-not-found"],
      ...["--output", 'go-template={{range $name, $value := .data}}{{$name}}{{"\\n"}}{{end}}'],
    ),
    names: (stdout) => stdout.split("\n").filter((name) => name !== ""),
  };
}

/** The store is not asked: whether it has them shows when the operator fetches them, which `deploy` waits for. */
const inStore = (plan: DeployPlan, { secrets }: AgentPlan): SecretQuery => ({
  argv: kubectl(plan, "get", "namespace", namespaceOf(plan), "--ignore-not-found", "--output", "name"),
  names: () => secrets.map(({ name }) => name),
});

interface SecretIdentity {
  name: string;
  labels: Record<string, string>;
}

function setSecrets(plan: DeployPlan, identity: SecretIdentity, names: readonly string[]): Step[] {
  if (names.length === 0) return [];
  return [
    {
      title: `set ${names.join(", ")} in the Secret ${identity.name}`,
      argv: kubectl(plan, "apply", ...serverSide(managerOf(names)), "--filename", "-"),
      stdin: {
        description: `Secret ${identity.name} with ${names.join(", ")}`,
        text: (values) => JSON.stringify(secretManifest(plan, identity, names, values)),
      },
    },
  ];
}

/**
 * What a manager applied before and does not apply now, the cluster deletes. So each set of names has a manager of its
 * own, and setting one secret leaves the others alone.
 */
const managerOf = (names: readonly string[]): string =>
  `agent-deploy-secrets-${new Bun.CryptoHasher("sha256").update(names.join("\n")).digest("hex").slice(0, 10)}`;

const secretManifest = (
  plan: DeployPlan,
  { name, labels }: SecretIdentity,
  names: readonly string[],
  values: SecretValues,
) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: namespaceOf(plan), labels },
  type: "Opaque",
  data: Object.fromEntries(
    names.flatMap((key) => (values[key] === undefined ? [] : [[key, base64(values[key])]])),
  ),
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
