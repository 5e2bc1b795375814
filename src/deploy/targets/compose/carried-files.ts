import { posix } from "node:path";
import type { PlanFile } from "../../plan.ts";
import type { Files } from "../../target.ts";
import type { Service } from "./service.ts";

/** How text files come into the container of one service. */
export interface CarriedFiles {
  /** Parts of the service. */
  service: Pick<Service, "configs" | "volumes">;
  /** Entries of the file's own `configs`. */
  configs: Record<string, { content: string }>;
  /** Files that lie beside the Compose file. */
  files: Files;
}

/**
 * Inline, Compose itself copies them into the container: one file holds it all, and the engine may run anywhere.
 * Compose refuses that for a read-only root (docker/compose#12031): then they are mounted, and must stay where they are.
 */
export function carry(
  service: string,
  files: readonly PlanFile[],
  { mounted }: { mounted: boolean },
): CarriedFiles {
  const named = files.map(({ path, text }, index) => ({
    source: index === 0 ? `${service}-config` : `${service}-file-${index}`,
    file: `${service}/${index === 0 ? "" : `${index}-`}${plainName(path)}`,
    target: path,
    text,
  }));
  if (!mounted) {
    return {
      service: { configs: named.map(({ source, target }) => ({ source, target })) },
      configs: Object.fromEntries(named.map(({ source, text }) => [source, { content: text }])),
      files: {},
    };
  }
  return {
    service: { volumes: named.map(({ file, target }) => bindMount(`./${file}`, target)) },
    configs: {},
    files: Object.fromEntries(named.map(({ file, text }) => [file, text])),
  };
}

/** `selinux: z` lets containers read the file where SELinux is in force (podman on Fedora, RHEL); elsewhere it is nothing. */
const bindMount = (source: string, target: string) => ({
  type: "bind",
  source,
  target,
  read_only: true,
  bind: { create_host_path: false, selinux: "z" },
});

const plainName = (path: string): string => posix.basename(path).replace(/[^A-Za-z0-9._-]/g, "_");
