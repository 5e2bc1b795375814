import { envName } from "../../base/env-name.ts";
import * as z from "../../base/zod.ts";
import { parseToleration } from "../../modelcar/inventory/tolerations.ts";

const strings = (most: number) => z.array(text(4096)).check(z.maxLength(most));

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));

/** Paths and references. */
const reference = () => z.optional(text(4096));

const machines = () => z.optional(text(1000));

const release = () => z.optional(z.string().check(z.regex(/^v?\d+\.\d+(\.\d+)*$/)));

const cluster = () =>
  z.strictObject({
    kubeconfig: z.described(
      reference(),
      "Kubeconfig, relative to the config's folder; default: KUBECONFIG, else ~/.kube/config.",
    ),
    context: z.described(z.optional(text(1000)), "Context of the kubeconfig; default: its current one."),
    namespace: z.described(
      z.optional(text(63)),
      "Namespace whose quotas count; default: that of the context.",
    ),
    tolerations: z.described(
      z._default(z.array(toleration()).check(z.maxLength(100)), []),
      "Taints that the serving pods will tolerate, beside those of the runtime: KEY, or KEY=VALUE:EFFECT.",
    ),
  });

const toleration = () =>
  z.string().check(
    z.refine((written) => parseToleration(written) !== undefined, {
      error: "expected a taint as KEY, KEY=VALUE, KEY:EFFECT or KEY=VALUE:EFFECT",
    }),
  );

export const modelCarOptions = () =>
  z.strictObject({
    allowed_paths: z.described(
      z._default(strings(100).check(z.minLength(1)), ["workspace"]),
      "Folders (or files) whose model-car files, saved inventories and models may be read, with all below; relative ones " +
        "are taken from the config's folder.",
    ),
    allowed_registries: z.described(
      z.optional(strings(1000)),
      "Hosts of registries and hubs that models may be read from, as quay.io or *.example.com; default: any public one, " +
        "and none in the private network.",
    ),
    pull_secret_env: z.described(
      z.optional(envName()),
      "Environment variable with the pull secret for private registries (a docker config, or base64 of one); without it no login " +
        "is used, those of podman and docker on this machine neither.",
    ),
    registry_ca: z.described(
      z.optional(strings(100).check(z.minLength(1))),
      "Certificate authorities (PEM files, as FILE, or HOST=FILE for one registry) to trust beside the public ones; those in " +
        "the certs.d folders of this machine (/etc/containers, /etc/docker) are anyway.",
    ),
    hub_token_env: z.described(
      z.optional(envName()),
      "Environment variable with the token for the Hugging Face hub.",
    ),
    gpus: z.described(machines(), 'Machines when a question names none, as "4x NVIDIA-L40S".'),
    inventory: z.described(
      reference(),
      "Saved inventory when a question names no machines (agent2389 model-car accelerators --json).",
    ),
    cluster: z.described(
      z.optional(cluster()),
      "Cluster to look at when a question names no machines, by the login that kubectl would use here, or the service account " +
        "of the agent's pod: {} for that one, or which. Whoever asks then learns its nodes and GPUs.",
    ),
    vllm_version: z.described(release(), "The vLLM that will serve when a question names none, as 0.11.0."),
    timeout: z.described(
      z._default(z.number().check(z.positive(), z.maximum(3600)), 300),
      "Seconds a question may take: large images are read from registries.",
    ),
  });

export type ModelCarOptions = z.output<ReturnType<typeof modelCarOptions>>;

export const ACTIONS = ["check", "estimate", "requirements", "matrix", "optimize", "gpus"] as const;

export const modelCarInput = () =>
  z.strictObject({
    action: z.described(
      z.enum(ACTIONS),
      "check: verdict of every model, with reasons and what would change it; estimate: one model by its reference; " +
        "requirements: what the models are and need; matrix: how many GPUs of which type each takes; optimize: the fewest " +
        "edits of arguments that start, as a new file's text; gpus: the machines.",
    ),
    path: z.described(reference(), "Model-car file to read."),
    yaml: z.described(z.optional(text(200_000)), "Text of a model-car file, instead of path."),
    model: z.described(reference(), "For estimate: oci://registry/name:tag, hf://org/model, or a folder."),
    arguments: z.described(
      z.optional(strings(200)),
      "For estimate: arguments of vllm serve, as --max-model-len=32768.",
    ),
    gpus: z.described(
      machines(),
      'The machines: "4x NVIDIA-L40S", "2x 8x H100" for two nodes, an instance type.',
    ),
    inventory: z.described(reference(), "File with a saved inventory, instead of gpus."),
    vllm_version: z.described(release(), "The vLLM that will serve, as 0.11.0."),
    explain: z.described(z._default(z.boolean(), false), "Give the formula of every number."),
  });

export type ModelCarInput = z.output<ReturnType<typeof modelCarInput>>;
