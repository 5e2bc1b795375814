import { ExpectedError, errorCode, toError } from "../../base/errors.ts";
import { type ClusterErrorCode, isClusterError } from "../cluster/types.ts";
import { ManifestError } from "../manifest/types.ts";
import { QA_CODES, type QaCode } from "./codes.ts";
import { QaError, type QaResult } from "./types.ts";

const CLUSTER_CODES: Readonly<Record<ClusterErrorCode, QaCode>> = {
  absent: "KUBECONFIG_MISSING",
  kubeconfig: "KUBECONFIG_INVALID",
  credentials: "KUBECONFIG_INVALID",
  unauthorized: "KUBECONFIG_INVALID",
  forbidden: "PERMISSION_DENIED",
  unreachable: "CLUSTER_UNREACHABLE",
  tls: "CLUSTER_UNREACHABLE",
  unavailable: "CLUSTER_UNREACHABLE",
  "not-found": "UNEXPECTED",
  conflict: "UNEXPECTED",
  invalid: "UNEXPECTED",
  broken: "UNEXPECTED",
};

const failed = (code: QaCode, text: string, hint?: string): QaResult => ({
  code: `QA_ERROR:${code}`,
  text,
  hint: hint ?? QA_CODES[code].remedy,
});

/** What came of a run that something was thrown in; the signal is the run's. */
export function failureOf(thrown: unknown, signal: AbortSignal): QaResult {
  if (signal.aborted && !(thrown instanceof QaError)) return failed("INTERRUPTED", "interrupted");
  if (thrown instanceof QaError) return failed(thrown.code, thrown.message, thrown.hint);
  if (isClusterError(thrown)) return failed(CLUSTER_CODES[thrown.code], thrown.message, thrown.hint);
  if (thrown instanceof ManifestError)
    return { ...failed("MODELCAR_YAML_INVALID", thrown.message), problems: thrown.problems };
  if (thrown instanceof ExpectedError) return failed("UNEXPECTED", thrown.message, thrown.hint);
  const code = errorCode(thrown);
  return failed(
    "UNEXPECTED",
    `a defect of this program: ${toError(thrown).message}${code ? ` (${code})` : ""}`,
  );
}

/** The last lines of a run. */
export function* ending({ code, text, hint }: QaResult): Generator<string> {
  const [first, ...more] = text.split("\n");
  yield `[QA] ${code === "QA_OK" ? "✓" : "✗"} ${first}`;
  for (const line of more) yield `[QA] ${line}`;
  if (hint !== undefined) yield `[QA] What to do: ${hint}`;
  yield code;
}
