import type { InventoryProblem, UnreadPart } from "../inventory/types.ts";
import { isInstalled, mayI, type Permission } from "./access.ts";
import type { Api } from "./api.ts";
import { type ClusterCheck, type ClusterError, isClusterError } from "./types.ts";

/** Something that is read of a cluster by itself: when it fails, the rest goes on. */
export interface Part<T> {
  id: string;
  label: string;
  permission: Permission;
  /** `needed`: without it the inventory is not complete. `optional`: clusters may be without it. */
  kind: "needed" | "optional";
  /** What a verdict has to do without when this cannot be read; undefined: it only becomes more careful. */
  part: UnreadPart | undefined;
  /** `broken` is told of what is not as the API has it, which is left out. */
  read(broken: (code: string, text: string) => void): Promise<T>;
  /** What was found, in words. */
  found(value: T): string;
}

/** What was found out so far. */
export interface Findings {
  checks: ClusterCheck[];
  problems: InventoryProblem[];
  complete: boolean;
}

/** The value, or undefined with a check and a problem that say why. @throws the signal's reason */
export async function readPart<T>(api: Api, part: Part<T>, findings: Findings): Promise<T | undefined> {
  const { id, label } = part;
  try {
    if ((await mayI(api, part.permission)) === "no") return await refused(api, part, findings, undefined);
    const value = await part.read((code, text) => leftOut(part, findings, code, text));
    findings.checks.push({ id, label, state: "ok", detail: part.found(value), hint: undefined });
    return value;
  } catch (thrown) {
    if (!isClusterError(thrown)) throw thrown;
    if (thrown.code === "forbidden") return refused(api, part, findings, thrown);
    if (thrown.code === "not-found" && part.kind === "optional") return none(part, findings);
    return failed(part, findings, thrown);
  }
}

function none<T>({ id, label }: Part<T>, { checks }: Findings): undefined {
  checks.push({ id, label, state: "ok", detail: "the cluster has none", hint: undefined });
}

/** What is not installed is refused, too, to all but administrators: RBAC is asked before it is looked for. */
async function refused<T>(
  api: Api,
  part: Part<T>,
  findings: Findings,
  error: ClusterError | undefined,
): Promise<undefined> {
  const isNone = part.kind === "optional" && !(await isInstalled(api, part.permission));
  return isNone ? none(part, findings) : denied(api, part, findings, error);
}

function leftOut<T>({ kind, part }: Part<T>, findings: Findings, code: string, text: string): void {
  findings.problems.push({ code, text, hint: undefined, unread: part });
  if (kind === "needed") findings.complete = false;
}

function denied<T>(
  { connection }: Api,
  { id, label, permission, kind, part }: Part<T>,
  findings: Findings,
  error: ClusterError | undefined,
): undefined {
  const { verb, resource, namespace } = permission;
  const everywhere = resource === "pods" ? "in all namespaces" : "of the cluster";
  const scope = namespace === undefined ? everywhere : `in namespace ${namespace}`;
  const text = `not allowed to ${verb} ${resource} ${scope}`;
  const flag = namespace === undefined ? (resource === "pods" ? " -A" : "") : ` -n ${namespace}`;
  const hint = `Ask an administrator for a role with ${verb} on ${resource}; check it with: kubectl auth can-i ${verb} ${resource}${flag}`;
  findings.checks.push({ id, label, state: "denied", detail: error?.message ?? text, hint });
  findings.problems.push({
    code: `${id}-denied`,
    text: `${text} (${connection.origin})`,
    hint,
    unread: part,
  });
  if (kind === "needed") findings.complete = false;
}

function failed<T>({ id, label, kind, part }: Part<T>, findings: Findings, error: ClusterError): undefined {
  findings.checks.push({ id, label, state: "failed", detail: error.message, hint: error.hint });
  findings.problems.push({ code: `${id}-failed`, text: error.message, hint: error.hint, unread: part });
  if (kind === "needed") findings.complete = false;
}
