import { posix } from "node:path";
import type { AgentInput, NamedFile } from "./agent-input.ts";
import { CONTAINER } from "./container.ts";
import type { ConfigFile, PlanFile } from "./plan.ts";
import type { PlanProblem } from "./target.ts";

export interface PlannedFiles {
  config: ConfigFile;
  files: PlanFile[];
  problems: PlanProblem[];
}

/** The config and the files it needs beside it, where the container finds them. */
export function planFiles({ agentId, text, files }: AgentInput): PlannedFiles {
  const carried: PlanFile[] = [];
  const problems: PlanProblem[] = [];
  for (const file of files) {
    if (file.text === undefined && file.problem === undefined) continue;
    const problem = file.problem ?? placeProblem(file);
    if (problem !== undefined) problems.push({ agent: agentId, ...problem });
    else carried.push({ path: placeOf(file.path), text: file.text ?? "" });
  }
  const unique = [...new Map(carried.map((file) => [file.path, file])).values()].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
  const config = { path: CONTAINER.config, text };
  return { config: { ...config, hash: hashOf([config, ...unique]) }, files: unique, problems };
}

const placeOf = (path: string): string => posix.resolve(CONTAINER.configFolder, path.replaceAll("\\", "/"));

function placeProblem({ path, usedBy }: NamedFile): { message: string; hint: string } | undefined {
  const place = placeOf(path);
  if (place === CONTAINER.config) {
    return {
      message: `${usedBy}: ${path} has the name that the config itself has in the container`,
      hint: "Give the file another name.",
    };
  }
  if (place.startsWith(`${CONTAINER.configFolder}/`)) return undefined;
  return {
    message: `${usedBy}: ${path} is not below the config's folder, so it is not carried into the container`,
    hint: "Put the file beside the config, and name it relatively.",
  };
}

/** Ten hexadecimal digits of SHA-256 over paths and texts. */
function hashOf(files: readonly PlanFile[]): string {
  const sha = new Bun.CryptoHasher("sha256");
  for (const { path, text } of files) sha.update(JSON.stringify([path, text]));
  return sha.digest("hex").slice(0, 10);
}
