import type { AgentInput, VariableFact } from "./agent-input.ts";
import { RESERVED_ENV } from "./container.ts";
import type { AgentPlan, BrokerPlan, SecretPlan } from "./plan.ts";

/** Plain variables of the container, sorted by name. */
export function planEnv({ env, log }: AgentInput, broker: BrokerPlan): Record<string, string> {
  const named = {
    LOG_LEVEL: log.level,
    LOG_FORMAT: log.format === "auto" ? "json" : log.format,
    ...env,
    ...RESERVED_ENV,
    ...(broker.kind === "included" && { MQTT_BROKER_URL: broker.url }),
  };
  return Object.fromEntries(Object.entries(named).sort(byName));
}

/**
 * Plain variables where the journal goes with the container unless there is a volume: without one, tasks that are not
 * done in time go back to the broker, as nobody would find them in the journal. The config comes first.
 */
export function variablesWithoutVolume({ env, storage, handBack }: AgentPlan): Record<string, string> {
  if (storage.size !== undefined || handBack !== undefined) return { ...env };
  return Object.fromEntries(Object.entries({ AGENT2389_HAND_BACK: "broker", ...env }).sort(byName));
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** Secrets of the container, sorted by name. The login of a broker that is deployed along is no choice any more. */
export function planSecrets({ variables }: AgentInput, broker: BrokerPlan): SecretPlan[] {
  const auth = broker.kind === "included" ? broker.auth : undefined;
  const login = [auth?.usernameSecret, auth?.passwordSecret];
  return variables
    .filter(({ secret }) => secret)
    .map(({ name, usedBy, required }: VariableFact) => ({
      name,
      usedBy,
      required: required || login.includes(name),
    }))
    .sort((a, b) => byName([a.name, 0], [b.name, 0]));
}
