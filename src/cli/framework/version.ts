import { version } from "../../../package.json" with { type: "json" };

/** Set by scripts/build.ts; absent when the program runs from its source. */
declare const BUILD_COMMIT: string | undefined;
declare const BUILD_DATE: string | undefined;

export interface Version {
  version: string;
  /** Short hash of the commit it was built from; `source` when it was not built. */
  commit: string;
  /** Day of that commit, YYYY-MM-DD. */
  date?: string;
}

export const programVersion = (): Version => ({
  version,
  commit: typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "source",
  ...(typeof BUILD_DATE === "string" && { date: BUILD_DATE }),
});

/** `agent2389 0.1.0 (c0b59fc, 2026-11-21)` */
export function versionLine(program: string, { version, commit, date }: Version = programVersion()): string {
  return `${program} ${version} (${[commit, date].filter(Boolean).join(", ")})`;
}
