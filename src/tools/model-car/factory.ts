import { normalize } from "node:path";
import type { NamedCa } from "../../modelcar/registry/certificates.ts";
import { toolFactory } from "../factory.ts";
import { zodTool } from "../zod-tool.ts";
import { type ModelCarOptions, modelCarInput, modelCarOptions } from "./options.ts";

export const modelCar = toolFactory({
  name: "model_car",
  summary: "Tells whether LLMs will serve on given GPUs: GO or NO-GO, with reasons and numbers.",
  options: modelCarOptions,
  secretEnvs: ({ options: { pull_secret_env, hub_token_env } }) =>
    [pull_secret_env, hub_token_env].filter((name) => name !== undefined),
  warnings: ({ options }) =>
    options.allowed_paths.some((path) => normalize(path) === "/")
      ? [{ option: "allowed_paths", message: "every file of this user is open to the model." }]
      : [],
  async open({ name, options }, setup) {
    const [{ rootsOf }, registryCas] = await Promise.all([
      import("../files/roots.ts"),
      authoritiesOf(options, setup.baseDir),
    ]);
    const roots = rootsOf(options.allowed_paths, setup.baseDir);
    return {
      tools: [
        zodTool({
          name,
          description:
            "Decides by rules and arithmetic whether large language models will serve with vLLM on given GPUs, what they " +
            "need, and which edits would make them run. Its verdicts and numbers are facts: quote them, never change them. " +
            `Files: ${options.allowed_paths.join(", ")}.${machinesText(options)}`,
          input: modelCarInput(),
          timeoutMs: options.timeout * 1000,
          async run(input, ctx) {
            const { answer } = await import("./answer.ts");
            return answer(input, { options, roots, setup, registryCas }, ctx);
          },
        }),
      ],
    };
  },
});

async function authoritiesOf({ registry_ca: files }: ModelCarOptions, baseDir: string): Promise<NamedCa[]> {
  if (files === undefined) return [];
  const { readNamedCa } = await import("../../modelcar/registry/named-ca.ts");
  return Promise.all(files.map((file) => readNamedCa(file, baseDir, "registry_ca")));
}

/** What a question is answered for that names no machines. */
function machinesText({ gpus, inventory, cluster }: ModelCarOptions): string {
  const machines = gpus ?? inventory ?? (cluster && "those of the cluster, as they are now");
  return machines === undefined ? "" : ` Machines, where none are named: ${machines}.`;
}
