import { resolve } from "node:path";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import type { ExecPlugin, KubeconfigCluster } from "./kubeconfig-schema.ts";
import { ClusterError, type ClusterWorld } from "./types.ts";

/** A plugin may open a browser for someone to log in. */
const PLUGIN_TIMEOUT_SECONDS = 120;

const API = "client.authentication.k8s.io/";

const credentialSchema = () =>
  z.object({
    kind: z.literal("ExecCredential"),
    status: z.object({
      token: z.optional(z.string()),
      clientCertificateData: z.optional(z.string()),
      clientKeyData: z.optional(z.string()),
      expirationTimestamp: z.optional(z.string()),
    }),
  });

export interface ExecCredential {
  token: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  /** Milliseconds since 1970; undefined: until it is refused. */
  expires: number | undefined;
}

/**
 * Runs a credential plugin of a kubeconfig (kubernetes.io, client-go credential plugins). What it writes is never shown:
 * it is a credential. @throws ClusterError `credentials`
 */
export async function execCredential(
  plugin: ExecPlugin,
  cluster: KubeconfigCluster,
  folder: string,
  world: ClusterWorld,
): Promise<ExecCredential> {
  const { env, cwd, signal, runProgram } = world;
  const { command, args } = plugin;
  if (!command) throw failed("the credential plugin of the kubeconfig names no command");
  const apiVersion = plugin.apiVersion ?? `${API}v1`;
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  const ended = await runProgram({
    // A path is relative to the kubeconfig's folder, a plain name is looked up on PATH.
    argv: [command.includes("/") ? resolve(folder, command) : command, ...(args ?? [])],
    env: { ...env, ...own, KUBERNETES_EXEC_INFO: execInfo(apiVersion, plugin, cluster) },
    cwd,
    timeoutSeconds: PLUGIN_TIMEOUT_SECONDS,
    signal,
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    const hint = plugin.installHint?.trim() || `Install ${command}, or log in by other means.`;
    throw failed(`the credential plugin ${command} cannot be started`, hint, cause);
  });
  if (ended.timedOut)
    throw failed(`the credential plugin ${command} took longer than ${PLUGIN_TIMEOUT_SECONDS} s`);
  if (ended.code !== 0)
    throw failed(
      `the credential plugin ${command} failed with exit status ${ended.code}`,
      `Log in again with ${command}, or run it as the kubeconfig has it, to see why.`,
    );
  return read(ended.stdout, command);
}

function execInfo(apiVersion: string, plugin: ExecPlugin, cluster: KubeconfigCluster): string {
  const info = {
    server: cluster.server,
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
    "certificate-authority-data": cluster["certificate-authority-data"],
    "proxy-url": cluster["proxy-url"],
  };
  const spec = { interactive: false, ...(plugin.provideClusterInfo === true && { cluster: info }) };
  return JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
}

function read(stdout: string, command: string): ExecCredential {
  const parsed = credentialSchema().safeParse(parseJson(stdout));
  const status = parsed.success ? parsed.data.status : undefined;
  if (status === undefined || (!status.token && !status.clientCertificateData))
    throw failed(`the credential plugin ${command} gave no ExecCredential with a token or a certificate`);
  const expires = Date.parse(status.expirationTimestamp ?? "");
  return {
    token: status.token || undefined,
    cert: status.clientCertificateData || undefined,
    key: status.clientKeyData || undefined,
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}

const failed = (message: string, hint?: string, cause?: unknown): ClusterError =>
  new ClusterError("credentials", message, {
    hint: hint ?? "Log in again with your provider's command, and try once more.",
    cause,
  });
