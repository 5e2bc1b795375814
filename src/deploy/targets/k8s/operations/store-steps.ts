import type { DeployPlan } from "../../../plan.ts";
import type { Step } from "../../../target.ts";
import { loginName, secretName } from "../names.ts";
import { kubectl } from "./kubectl.ts";
import { storeOf } from "./secrets.ts";

const WAIT_SECONDS = 120;

const MESSAGES =
  'jsonpath={range .items[*]}{.metadata.name}: {.status.conditions[?(@.type=="Ready")].message}{"\\n"}{end}';

/** Waits until the External Secrets Operator has brought what the store holds. */
export function storeSteps(plan: DeployPlan): Step[] {
  const names = fromStore(plan);
  if (names.length === 0) return [];
  return [
    {
      title: "wait for the secrets from the store",
      argv: kubectl(
        plan,
        ...["wait", "--for=condition=Ready", `--timeout=${WAIT_SECONDS}s`],
        ...names.map((name) => `externalsecret/${name}`),
      ),
      timeoutSeconds: WAIT_SECONDS + 30,
      diagnose: [
        {
          title: "what the External Secrets Operator says",
          argv: kubectl(plan, "get", "externalsecrets", ...names, "--output", MESSAGES),
          readOnly: true,
        },
      ],
      onFailure:
        "Make sure that the store has an entry of each agent's name with its variables, and deploy again.",
    },
  ];
}

function fromStore({ broker, agents }: DeployPlan): string[] {
  const names = agents
    .filter((agent) => storeOf(agent) !== undefined && agent.secrets.length > 0)
    .map((agent) => secretName(agent));
  const login = broker.kind === "included" && broker.auth && storeOf(agents[0]!) !== undefined;
  return login ? [loginName(broker), ...names] : names;
}
