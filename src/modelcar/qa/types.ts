import { ExpectedError, type Explanation } from "../../base/errors.ts";
import type { Unhealthy } from "../cluster/health.ts";
import type { ClusterWorld, Connection } from "../cluster/types.ts";
import type { GpuVendor } from "../gpus/types.ts";
import type { Toleration } from "../inventory/types.ts";
import type { ManifestProblem, ModelEntry } from "../manifest/types.ts";
import type { Logins } from "../registry/types.ts";
import type { QaCode } from "./codes.ts";

export interface QaModel {
  entry: ModelEntry;
  /** Compressed bytes of its image; undefined: not known. */
  imageBytes: number | undefined;
}

/** What is to be run for real, and where. */
export interface QaRequest {
  /** The model-car file, as it was named, and its text. */
  file: string;
  text: string;
  models: readonly QaModel[];
  connection: Connection;
  runtimeImage: string | undefined;
  vendor: GpuVendor | undefined;
  /** What pods ask for: `nvidia.com/gpu`. */
  resource: string;
  /** Of the serving pods. */
  tolerations: readonly Toleration[];
  logins: Logins;
  /** Why the cluster should not be used; undefined: it is healthy. */
  unhealthy: Unhealthy | undefined;
}

export type QaWorld = ClusterWorld & {
  /** Folder in which a private one is made for what is staged: absolute. */
  tempFolder: string;
};

/** How a run ended. */
export interface QaResult {
  code: "QA_OK" | `QA_ERROR:${QaCode}`;
  text: string;
  hint: string | undefined;
  /** Of a model-car file that cannot be used: each by itself. */
  problems?: readonly ManifestProblem[];
}

/**
 * Runs models for real: yields lines, each beginning with `[QA] `, and at the end `QA_OK` or `QA_ERROR:<CODE>`; never
 * throws but for defects of ours. Leaving the loop, and the world's signal, end the run and remove all that it made.
 */
export interface QaRunner {
  name: "podman" | "kserve";
  description: string;
  run(request: QaRequest, world: QaWorld): AsyncGenerator<string, QaResult>;
}

/** A run that ends with a code of the table. */
export class QaError extends ExpectedError {
  readonly code: QaCode;

  constructor(code: QaCode, message: string, explanation: Explanation = {}) {
    super(message, explanation);
    this.code = code;
  }
}

/** @throws QaError RUNTIME_NOT_FOUND */
export function runtimeImageOf({ runtimeImage }: QaRequest): string {
  if (runtimeImage !== undefined) return runtimeImage;
  throw new QaError("RUNTIME_NOT_FOUND", "no vLLM runtime image is known");
}
