import { join } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { isLoopbackHost } from "../../base/hosts.ts";
import { loginOf, tlsOf } from "./credentials.ts";
import { type ChosenContext, chooseContext } from "./kubeconfig.ts";
import { type ClusterChoice, ClusterError, type ClusterWorld, type Connection } from "./types.ts";

/** Where a pod finds what it needs to ask its cluster (kubernetes.io, Accessing the Kubernetes API from a Pod). */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The cluster that is meant: a context of the kubeconfig, a server and token of the environment (K8S_AUTH_HOST,
 * K8S_AUTH_API_KEY and K8S_AUTH_SSL_CA_CERT, as Ansible and OpenShift's Python client name them), or, in a pod, the
 * cluster that it runs in. Asks nothing yet. @throws ClusterError `absent`, `kubeconfig`, `credentials`
 */
export async function connect(
  choice: ClusterChoice,
  world: ClusterWorld,
  serviceAccount = SERVICE_ACCOUNT,
): Promise<Connection> {
  const named = choice.kubeconfig !== undefined || choice.context !== undefined;
  if (!named && world.env["K8S_AUTH_HOST"]) return await fromEnvironment(choice, world);
  const chosen = await chooseContext(choice, world);
  if (chosen !== undefined) return await fromContext(chosen, choice, world);
  const pod = await fromServiceAccount(choice, world, serviceAccount);
  if (pod !== undefined) return pod;
  throw new ClusterError("absent", "no cluster is known: there is no kubeconfig, and this is not a pod", {
    hint: 'Log in (oc login), name a file by --kubeconfig, or do without a cluster: --gpus "4x NVIDIA-L40S".',
  });
}

/** Whether {@link connect} has anything to go by. */
export async function clusterIsKnown(choice: ClusterChoice, world: ClusterWorld): Promise<boolean> {
  if (choice.kubeconfig !== undefined || choice.context !== undefined) return true;
  const { K8S_AUTH_HOST, KUBECONFIG, KUBERNETES_SERVICE_HOST } = world.env;
  if (K8S_AUTH_HOST || KUBECONFIG || KUBERNETES_SERVICE_HOST) return true;
  return (await chooseContext(choice, world)) !== undefined;
}

async function fromContext(
  chosen: ChosenContext,
  choice: ClusterChoice,
  world: ClusterWorld,
): Promise<Connection> {
  const { value: cluster } = chosen.cluster;
  const { value: user } = chosen.user;
  const [group, ...more] = user["as-groups"] ?? [];
  if (more.length > 0)
    throw new ClusterError("kubeconfig", "the kubeconfig impersonates several groups; one is supported", {
      where: chosen.file,
    });
  return {
    ...(await loginOf(chosen, world)),
    server: serverUrl(cluster.server, chosen.file),
    origin: `context ${chosen.name} of ${chosen.file}`,
    namespace: namespaceName(choice.namespace ?? chosen.namespace ?? "default"),
    tls: await tlsOf(chosen),
    proxy: cluster["proxy-url"] || undefined,
    headers: {
      ...(user.as && { "impersonate-user": user.as }),
      ...(user.as && group && { "impersonate-group": group }),
    },
  };
}

/** The name, when it is one that a namespace can have (RFC 1123, a DNS label). @throws ClusterError `invalid` */
export function namespaceName(name: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new ClusterError("invalid", `${JSON.stringify(name.slice(0, 80))} is not the name of a namespace`, {
    hint: "Names have small letters, digits and dashes, 63 at most.",
  });
}

function serverUrl(text: string | null | undefined, where: string): string {
  const url = URL.parse(text ?? "");
  if (url === null || !["https:", "http:"].includes(url.protocol))
    throw new ClusterError("kubeconfig", "the cluster of the kubeconfig has no server that is a URL", {
      where,
    });
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname))
    throw new ClusterError(
      "kubeconfig",
      `${url.host} would be asked over plain HTTP: the login would be read by anyone`,
      {
        where,
        hint: "Use its https:// address.",
      },
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

async function fromEnvironment(choice: ClusterChoice, world: ClusterWorld): Promise<Connection> {
  const { K8S_AUTH_HOST: host, K8S_AUTH_API_KEY: token, K8S_AUTH_SSL_CA_CERT: caFile } = world.env;
  if (!token)
    throw new ClusterError(
      "credentials",
      "K8S_AUTH_HOST names a cluster, and K8S_AUTH_API_KEY holds no token",
      {
        hint: "Set it, as to the output of: oc whoami --show-token",
      },
    );
  const chosen: ChosenContext = {
    name: "",
    file: "K8S_AUTH_HOST",
    cluster: {
      value: { server: host, ...(caFile && { "certificate-authority": caFile }) },
      folder: world.cwd,
    },
    user: { value: { token }, folder: world.cwd },
    namespace: undefined,
  };
  return { ...(await fromContext(chosen, choice, world)), origin: "K8S_AUTH_HOST and K8S_AUTH_API_KEY" };
}

/** Undefined: this is no pod, or one without a service account. */
async function fromServiceAccount(
  choice: ClusterChoice,
  world: ClusterWorld,
  folder: string,
): Promise<Connection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = world.env;
  if (!host) return undefined;
  const tokenFile = join(folder, "token");
  if (!(await Bun.file(tokenFile).exists())) return undefined;
  const namespace = await Bun.file(join(folder, "namespace"))
    .text()
    .catch((thrown: unknown) => {
      if (errorCode(thrown) === "ENOENT") return "";
      throw thrown;
    });
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const chosen: ChosenContext = {
    name: "",
    file: folder,
    cluster: { value: { server, "certificate-authority": "ca.crt" }, folder },
    user: { value: { tokenFile }, folder },
    namespace: namespace.trim() || undefined,
  };
  return { ...(await fromContext(chosen, choice, world)), origin: "the service account of this pod" };
}
