import { envName } from "../base/env-name.ts";
import * as z from "../base/zod.ts";

/** `[deploy]`: what need not be typed at each deployment. Agents that run take no notice of it. */

const text = (form: RegExp, expected: string) => z.string().check(z.regex(form, `expected ${expected}`));

/** Quantities as Kubernetes writes them; every target reads them (Kubernetes API, Quantity). */
const cpuAmount = () => text(/^(\d+m|\d+(\.\d{1,3})?)$/, 'cores or thousandths: "0.5", "500m"');
const byteAmount = () => text(/^\d+(\.\d+)?([kMGT]|[KMGT]i)$/, 'a quantity of bytes: "256Mi", "1Gi"');

const dnsLabel = () =>
  text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and -: a DNS label");
const word = (what: string) =>
  text(/^[A-Za-z0-9][^\s]*$/, `${what}: one word that begins with a letter or a digit`);

const amounts = (what: string, cpu: string, memory: string) =>
  z.described(
    z.prefault(
      z.strictObject({
        cpu: z.described(z._default(cpuAmount(), cpu), "CPU, in cores or thousandths (m)."),
        memory: z.described(z._default(byteAmount(), memory), "Memory, as 256Mi or 1Gi."),
      }),
      {},
    ),
    what,
  );

const resources = () =>
  z.described(
    z.prefault(
      z.strictObject({
        requests: amounts("What the platform sets aside.", "100m", "256Mi"),
        limits: amounts("What the agent gets at most.", "500m", "1Gi"),
      }),
      {},
    ),
    "CPU and memory of one replica.",
  );

const fly = () =>
  z.described(
    z.prefault(
      z.strictObject({
        org: z.described(
          z.optional(word("an organization")),
          "Organization that the app is created in; default: your personal one.",
        ),
        region: z.described(
          z._default(text(/^[a-z]{3}$/, 'a code of three letters: "sjc", "fra"'), "sjc"),
          "Region that machines start in: fly platform regions.",
        ),
        strategy: z.described(
          z._default(z.enum(["rolling", "bluegreen"]), "rolling"),
          "How a new version takes the place of the old one. An agent with a volume is always replaced in turn (rolling).",
        ),
        vm_size: z.described(
          z.optional(word("a size")),
          "Size of the machine, as shared-cpu-1x; default: the smallest that holds [deploy.resources.limits].",
        ),
      }),
      {},
    ),
    "Fly.io.",
  );

const k8s = () =>
  z.described(
    z.prefault(
      z.strictObject({
        namespace: z.described(z._default(dnsLabel(), "agents"), "Namespace that everything goes into."),
        context: z.described(
          z.optional(word("a context")),
          "Context of the kubeconfig; default: the current one.",
        ),
        storage_class: z.described(
          z.optional(word("a class")),
          "Class of the volume; default: the cluster's default.",
        ),
        external_secret_store: z.described(
          z.optional(word("a store")),
          "ClusterSecretStore of the External Secrets Operator that secrets come from, instead of `secrets push`.",
        ),
        service_monitor: z.described(
          z._default(z.boolean(), false),
          "Render a ServiceMonitor for the Prometheus Operator.",
        ),
        autoscale: z.described(
          z._default(z.enum(["none", "hpa", "keda"]), "none"),
          "Scale between `replicas` and `max_replicas`: by CPU (hpa), or by the tasks that wait (keda).",
        ),
        max_replicas: z.described(
          z._default(z.int().check(z.minimum(1)), 5),
          "Replicas at most, when scaled.",
        ),
        prometheus_url: z.described(
          z._default(z.string(), "http://prometheus-operated.monitoring.svc:9090"),
          "Prometheus that KEDA asks for the number of waiting tasks.",
        ),
      }),
      {},
    ),
    "Kubernetes and Helm.",
  );

const docker = () =>
  z.described(
    z.prefault(
      z.strictObject({
        project: z.described(
          z.optional(dnsLabel()),
          "Compose project; default: the agent's name, or `agents` for several.",
        ),
        publish: z.described(
          z._default(z.boolean(), false),
          "Give the health server a free port of this machine.",
        ),
        secrets: z.described(
          z._default(z.enum(["env", "file"]), "env"),
          "How secrets reach the container: as variables (env), or as files under /run/secrets (file).",
        ),
        read_only: z.described(
          z._default(z.boolean(), false),
          "Give the containers a read-only root. Compose can then only mount configs as files of this machine, so the engine must run here, and secrets must be variables.",
        ),
      }),
      {},
    ),
    "Docker Compose and podman.",
  );

const section = () =>
  z.described(
    z.strictObject({
      name: z.described(
        z.optional(dnsLabel()),
        "Name of the deployment, a DNS label; default: the agent's id in that form.",
      ),
      image: z.described(
        z.optional(word("an image")),
        "Image that holds agent2389, with a version tag or digest; default: agent2389:<this version>.",
      ),
      replicas: z.described(
        z._default(z.int().check(z.minimum(0)), 1),
        "How many run. More than one needs [mqtt] shared_subscription.",
      ),
      env: z.described(
        z._default(z.record(envName(), z.string()), {}),
        "Variables for the agent that are no secrets. Files of --env come before it.",
      ),
      broker: z.described(
        z._default(z.enum(["auto", "external", "included"]), "auto"),
        "MQTT broker: an existing one (external), one that is deployed along (included), or that when no reachable one is named (auto).",
      ),
      storage: z.described(
        z.optional(byteAmount()),
        "Size of the volume that keeps accepted tasks over a replacement of the container, as 1Gi.",
      ),
      public: z.described(
        z._default(z.boolean(), false),
        "Make the health server reachable from the Internet.",
      ),
      accelerator: z.described(
        z._default(z.enum(["none", "jetson"]), "none"),
        "jetson: the TensorRT worker image for NVIDIA Jetson.",
      ),
      jetpack: z.described(
        z._default(z.string(), "6.2"),
        "JetPack on the Jetson, which says the l4t base of the worker image.",
      ),
      resources: resources(),
      fly: fly(),
      k8s: k8s(),
      docker: docker(),
    }),
    "Where and how the agent is deployed: see agent-deploy.",
  );

/** Made when a config has it, or someone asks for it: the start of an agent does not wait for it. */
export const deploySection = z.deferred(section);
export type DeploySection = z.output<typeof deploySection>;
