import { resolve } from "node:path";
import { toError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { type ExecCredential, execCredential } from "./exec-credential.ts";
import type { ChosenContext } from "./kubeconfig.ts";
import {
  ClusterError,
  type ClusterWorld,
  type Connection,
  type Credentials,
  type TlsOptions,
} from "./types.ts";

/** A credential is renewed when it has no more than this left, in ms. */
const EARLY_MS = 10_000;

type Login = Pick<Connection, "credentials" | "secrets" | "loginHint">;

/** Text that is given as base64 in the kubeconfig or as a file beside it. @throws ClusterError `kubeconfig` */
async function dataOrFile(
  data: string | null | undefined,
  file: string | null | undefined,
  folder: string,
  what: string,
): Promise<string | undefined> {
  if (data) {
    const text = Buffer.from(data, "base64").toString("utf8");
    if (text.includes("-----BEGIN ")) return text;
    throw new ClusterError("kubeconfig", `${what} of the kubeconfig is not base64 of PEM`);
  }
  return file ? await readText(resolve(folder, file), what) : undefined;
}

async function readText(path: string, what: string): Promise<string> {
  return await Bun.file(path)
    .text()
    .catch((thrown: unknown) => {
      const reason = systemReason(thrown) ?? toError(thrown).message;
      throw new ClusterError("kubeconfig", `${what} cannot be read: ${reason}`, { where: path });
    });
}

/** What the cluster's entry says of TLS. */
export async function tlsOf({ cluster: { value, folder } }: ChosenContext): Promise<TlsOptions> {
  const ca = await dataOrFile(
    value["certificate-authority-data"],
    value["certificate-authority"],
    folder,
    "the certificate authority",
  );
  return {
    ...(ca !== undefined && { ca }),
    ...(value["insecure-skip-tls-verify"] === true && { rejectUnauthorized: false }),
    ...(value["tls-server-name"] && { serverName: value["tls-server-name"] }),
  };
}

/** How the user of a context logs in, in the order in which client-go looks: certificate, token, basic, plugin. */
export async function loginOf(chosen: ChosenContext, world: ClusterWorld): Promise<Login> {
  const { value: user, folder } = chosen.user;
  const secrets = new Set<string>();
  const cert = await dataOrFile(
    user["client-certificate-data"],
    user["client-certificate"],
    folder,
    "the client certificate",
  );
  const key = await dataOrFile(user["client-key-data"], user["client-key"], folder, "the client key");
  if (user["client-key-data"]) secrets.add(user["client-key-data"]);
  if (key !== undefined) secrets.add(key);
  const certificate: Credentials = cert !== undefined && key !== undefined ? { cert, key } : {};
  const login = (credentials: Connection["credentials"], loginHint: string): Login => ({
    credentials,
    loginHint,
    secrets: () => [...secrets],
  });
  const bearer = (token: string): Credentials => {
    secrets.add(token);
    return { ...certificate, authorization: `Bearer ${token}` };
  };
  if (user.token) {
    const given = bearer(user.token);
    return login(
      async () => given,
      "The token has expired or was withdrawn: log in again, as with oc login.",
    );
  }
  if (user.tokenFile) {
    const path = resolve(folder, user.tokenFile);
    return login(
      async () => bearer((await readText(path, "the token file")).trim()),
      `The token in ${path} is not accepted: put a fresh one there.`,
    );
  }
  if (user.username && user.password) {
    secrets.add(user.password);
    const basic = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    secrets.add(basic);
    return login(
      async () => ({ ...certificate, authorization: `Basic ${basic}` }),
      "Most clusters no longer take a user name and password: log in with a token or a certificate.",
    );
  }
  if (user.exec) return pluginLogin(chosen, certificate, secrets, world);
  if (user["auth-provider"]) throw oldProvider(user["auth-provider"].name ?? "");
  const hint =
    cert === undefined
      ? "The user of this context has no token, certificate or plugin: log in, as with oc login."
      : "The client certificate is not accepted: it may have expired. Get a fresh kubeconfig.";
  return login(async () => certificate, hint);
}

function pluginLogin(
  { cluster, user }: ChosenContext,
  certificate: Credentials,
  secrets: Set<string>,
  world: ClusterWorld,
): Login {
  const plugin = user.value.exec!;
  let held: ExecCredential | undefined;
  return {
    loginHint: `The credential of ${plugin.command} is not accepted: log in with it again.`,
    secrets: () => [...secrets],
    async credentials(renew) {
      const stale = held?.expires !== undefined && held.expires - EARLY_MS < world.clock.now();
      if (held === undefined || renew || stale)
        held = await execCredential(plugin, cluster.value, user.folder, world);
      const { token, cert, key } = held;
      for (const secret of [token, key]) if (secret !== undefined) secrets.add(secret);
      return {
        ...certificate,
        ...(cert !== undefined && key !== undefined && { cert, key }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
    },
  };
}

/** Removed from client-go in 1.26 (gcp, azure) or served by plugins since (oidc). */
const oldProvider = (name: string): ClusterError =>
  new ClusterError(
    "credentials",
    `the kubeconfig logs in by the auth-provider ${JSON.stringify(name)}, which is no more`,
    {
      hint: "Renew the kubeconfig with your provider's command: it then has a credential plugin (exec).",
    },
  );
