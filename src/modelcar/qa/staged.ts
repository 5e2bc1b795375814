import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection } from "../cluster/types.ts";

/** A folder that this user alone can look into, and that is gone at the end of the scope. */
export interface PrivateFolder extends Disposable {
  readonly path: string;
  /** Writes a file that this user alone can read. */
  write(name: string, text: string): Promise<string>;
}

export async function privateFolder(parent: string): Promise<PrivateFolder> {
  await mkdir(parent, { recursive: true });
  const path = mkdtempSync(join(parent, "agent2389-qa-")); // made with mode 0700
  return {
    path,
    async write(name, text) {
      const file = join(path, name);
      await writeFile(file, text, { mode: 0o600, flag: "wx" });
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/**
 * A kubeconfig for this cluster and login alone, in which nothing refers to a file or a plugin of this machine: what the
 * test container can use.
 */
export async function stagedKubeconfig(connection: Connection): Promise<string> {
  const { server, tls, proxy, namespace, headers } = connection;
  const { authorization = "", cert, key } = await connection.credentials(false);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const token = /^Bearer (.+)$/.exec(authorization)?.[1];
  const basic = /^Basic (.+)$/.exec(authorization)?.[1];
  const [username, ...password] = Buffer.from(basic ?? "", "base64")
    .toString("utf8")
    .split(":");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "qa",
    clusters: [
      {
        name: "qa",
        cluster: {
          server,
          ...(tls.ca !== undefined && { "certificate-authority-data": base64(tls.ca) }),
          ...(tls.rejectUnauthorized === false && { "insecure-skip-tls-verify": true }),
          ...(tls.serverName !== undefined && { "tls-server-name": tls.serverName }),
          ...(proxy !== undefined && { "proxy-url": proxy }),
        },
      },
    ],
    users: [
      {
        name: "qa",
        user: {
          ...(token !== undefined && { token }),
          ...(basic !== undefined && { username, password: password.join(":") }),
          ...(cert !== undefined && { "client-certificate-data": base64(cert) }),
          ...(key !== undefined && { "client-key-data": base64(key) }),
          ...(headers["impersonate-user"] && { as: headers["impersonate-user"] }),
          ...(headers["impersonate-group"] && { "as-groups": [headers["impersonate-group"]] }),
        },
      },
    ],
    contexts: [{ name: "qa", context: { cluster: "qa", user: "qa", namespace } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
