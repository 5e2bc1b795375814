import { ExpectedError } from "../../../base/errors.ts";
import { parseJson } from "../../../base/json.ts";
import type { AgentPlan } from "../../plan.ts";
import { flyConfig } from "./fly-toml.ts";

/**
 * What `fly config show` says is deployed against what would be, a line for each difference. flyctl adds keys of its own;
 * only in sections whose keys are all ours does one that we do not have count as removed. Undefined: no difference.
 */
export function configDiff(stdout: string, agent: AgentPlan): string | undefined {
  const deployed = parseJson(stdout);
  if (deployed === null || typeof deployed !== "object") {
    throw new ExpectedError(`fly config show did not answer with the configuration of ${agent.name}`, {
      hint: "Is your flyctl up to date? fly version upgrade",
    });
  }
  const [before, after] = [flat(deployed), flat(flyConfig(agent))];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const lines = paths.flatMap((path) => difference(path, before.get(path), after.get(path)));
  return lines.length === 0 ? undefined : [`${agent.name}:`, ...lines].join("\n");
}

const OURS = /^(env|files|mounts|http_service|checks)\b/;

function difference(path: string, before: string | undefined, after: string | undefined): string[] {
  if (before === after) return [];
  if (before === undefined) return [`  + ${path} = ${after}`];
  if (after === undefined) return OURS.test(path) ? [`  - ${path} = ${before}`] : [];
  return [`  ~ ${path} = ${before} -> ${after}`];
}

/** Leaves by their path, in one spelling: durations in seconds, sections that may be one table or several as several. */
function flat(value: unknown, path = "", leaves = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined || value === "") return leaves;
  if (typeof value === "object") {
    const entries = Array.isArray(value) ? value.entries() : Object.entries(several(path, value));
    for (const [key, child] of entries) flat(child, path === "" ? String(key) : `${path}.${key}`, leaves);
  } else {
    leaves.set(path, spelling(path, value));
  }
  return leaves;
}

const several = (path: string, value: object): object =>
  /^(mounts|metrics|vm|restart)$/.test(path) ? [value] : value;

const DURATION = /(^|\.)(kill_timeout|wait_timeout|grace_period|interval|timeout)$/;

function spelling(path: string, value: unknown): string {
  if (!DURATION.test(path)) return JSON.stringify(value);
  const seconds = typeof value === "number" ? value : durationSeconds(String(value));
  return seconds === undefined ? JSON.stringify(value) : `${seconds}s`;
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Go's way to write durations: "5m0s". */
function durationSeconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ms|h|m|s)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!,
    0,
  );
}
