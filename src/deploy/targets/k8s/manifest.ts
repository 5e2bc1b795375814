import type { Remark } from "../../yaml.ts";

/** An object of the Kubernetes API, as it stands in a file. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** With what is to be said to its reader. */
export interface Explained {
  manifest: Manifest;
  remarks: readonly Remark[];
}

export const explained = (manifest: Manifest, remarks: readonly Remark[] = []): Explained => ({
  manifest,
  remarks,
});
