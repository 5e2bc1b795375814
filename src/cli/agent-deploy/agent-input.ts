import { resolve } from "node:path";
import { errorCode } from "../../base/errors.ts";
import type { AgentConfig } from "../../config/agent-config.ts";
import { lastKey, leaves, showPath } from "../../config/paths.ts";
import type { DeployableConfig } from "../../config/variables/for-deployment.ts";
import type { AgentInput, KeyValue, NamedFile } from "../../deploy/agent-input.ts";
import { deploySection } from "../../deploy/config.ts";

export interface AskedFor {
  /** Name of the deployment. */
  name?: string | undefined;
  /** Config keys, without those of [deploy]. */
  set: readonly KeyValue[];
}

/** What the planner needs of a config; reads the files that it names. */
export async function agentInput(loaded: DeployableConfig, { name, set }: AskedFor): Promise<AgentInput> {
  const { parsed, variables, env, misplaced } = loaded;
  const { agent, mqtt, runtime, server, storage, log, deploy } = parsed.config;
  return {
    source: parsed.file,
    text: parsed.text,
    name,
    agentId: agent.id,
    description: agent.description,
    deploy: deploy ?? deploySection.parse({}, { jitless: true }),
    brokerUrl: mqtt.broker_url,
    login: { username: mqtt.username_env, password: mqtt.password_env },
    sharedSubscription: mqtt.shared_subscription,
    drainSeconds: runtime.drain_secs,
    handBack: runtime.hand_back,
    concurrency: runtime.concurrency,
    health: server.enabled,
    keepsData: storage.dir !== undefined,
    log,
    variables,
    env,
    misplaced,
    files: await Promise.all(filesNamedBy(parsed.config).map((file) => readNamed(file, parsed.baseDir))),
    set,
  };
}

type Named = Pick<NamedFile, "usedBy" | "path">;

/** Files that the agent reads at start: certificates, keys, transcripts. */
function filesNamedBy(config: AgentConfig): Named[] {
  const { mqtt, llm, routing } = config;
  return leaves({ mqtt, llm: { ...llm, output_schema: undefined }, routing }).flatMap(({ path, value }) =>
    typeof value === "string" && /(_file|^transcript)$/.test(lastKey(path))
      ? [{ usedBy: showPath(path), path: value }]
      : [],
  );
}

/** Certificate authorities of the system: images have theirs in the same place. */
const IN_THE_IMAGE = /^\/(etc\/ssl|usr\/share\/ca-certificates)\//;

/** Files beyond this fit in no ConfigMap (Kubernetes: 1 MiB for all that is in one). */
const MAX_BYTES = 900_000;

async function readNamed(named: Named, baseDir: string): Promise<NamedFile> {
  const refuse = (message: string, hint: string): NamedFile => ({
    ...named,
    text: undefined,
    problem: { message: `${named.usedBy}: ${message}`, hint },
  });
  if (/(^|\.)key_file$/.test(named.usedBy)) {
    return refuse(
      "a private key is never written into what is deployed",
      "Log in with username_env and password_env over TLS instead of a client certificate.",
    );
  }
  if (IN_THE_IMAGE.test(named.path)) return { ...named, text: undefined };
  try {
    const file = Bun.file(resolve(baseDir, named.path));
    if (file.size > MAX_BYTES)
      return refuse(`${named.path} is too large to be carried along`, "900 kB are the most.");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.bytes());
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
      return refuse(
        `${named.path} holds a private key, which is never written into what is deployed`,
        "Take the key out of the file.",
      );
    }
    return { ...named, text };
  } catch (thrown) {
    const code = errorCode(thrown);
    return code === "ENOENT"
      ? refuse(`${named.path} is not there`, `It was looked for at ${resolve(baseDir, named.path)}.`)
      : refuse(
          `${named.path} cannot be carried along (${code ?? "it is no UTF-8 text"})`,
          "It must be a text file that can be read.",
        );
  }
}
