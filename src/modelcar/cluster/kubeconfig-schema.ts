import * as z from "../../base/zod.ts";

const text = () => z.nullish(z.string());

const cluster = () =>
  z.object({
    server: text(),
    "certificate-authority": text(),
    "certificate-authority-data": text(),
    "insecure-skip-tls-verify": z.nullish(z.boolean()),
    "tls-server-name": text(),
    "proxy-url": text(),
  });

const exec = () =>
  z.object({
    apiVersion: text(),
    command: text(),
    args: z.nullish(z.array(z.string())),
    env: z.nullish(z.array(z.object({ name: z.string(), value: z.string() }))),
    installHint: text(),
    provideClusterInfo: z.nullish(z.boolean()),
  });

const user = () =>
  z.object({
    token: text(),
    tokenFile: text(),
    username: text(),
    password: text(),
    "client-certificate": text(),
    "client-certificate-data": text(),
    "client-key": text(),
    "client-key-data": text(),
    as: text(),
    "as-groups": z.nullish(z.array(z.string())),
    exec: z.nullish(exec()),
    "auth-provider": z.nullish(z.object({ name: text() })),
  });

const context = () => z.object({ cluster: text(), user: text(), namespace: text() });

/** A kubeconfig (kubernetes.io, Client Authentication and Kubeconfig v1); other keys are left out. */
export const kubeconfigSchema = () =>
  z.object({
    "current-context": text(),
    clusters: z.nullish(z.array(z.object({ name: z.string(), cluster: z.nullish(cluster()) }))),
    users: z.nullish(z.array(z.object({ name: z.string(), user: z.nullish(user()) }))),
    contexts: z.nullish(z.array(z.object({ name: z.string(), context: z.nullish(context()) }))),
  });

export type Kubeconfig = z.output<ReturnType<typeof kubeconfigSchema>>;
export type KubeconfigCluster = z.output<ReturnType<typeof cluster>>;
export type KubeconfigUser = z.output<ReturnType<typeof user>>;
export type ExecPlugin = z.output<ReturnType<typeof exec>>;
