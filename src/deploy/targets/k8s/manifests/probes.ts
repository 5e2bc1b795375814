import type { HealthPlan } from "../../../plan.ts";

/** Seconds between two looks at an agent that starts. */
const START_PERIOD = 2;

const get = (path: string) => ({ httpGet: { path, port: "http" } });

/** Alive: it answers at all, or it is restarted. Ready: it takes tasks. Neither is asked for before it has started. */
export const probes = (health: HealthPlan | undefined) =>
  health && {
    startupProbe: {
      ...get(health.live),
      periodSeconds: START_PERIOD,
      failureThreshold: Math.ceil(health.startSeconds / START_PERIOD),
    },
    livenessProbe: { ...get(health.live), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { ...get(health.ready), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
  };
