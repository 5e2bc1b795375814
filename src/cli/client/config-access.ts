import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import type { BrokerAccess } from "./connect.ts";

/** How the agent of this config gets at its broker; PEM files are looked for beside the config. */
export async function mqttAccess({ config: { mqtt }, env, file }: LoadedConfig): Promise<BrokerAccess> {
  const pem = async (key: "ca_file" | "cert_file" | "key_file") => {
    const path = mqtt[key];
    if (path === undefined) return undefined;
    return await readFile(resolve(dirname(file), path), "utf8").catch((cause: unknown) => {
      throw new ExpectedError(`cannot read ${path}`, { where: `mqtt.${key} in ${file}`, cause });
    });
  };
  const value = (name: string | undefined) => (name === undefined ? undefined : env[name]);
  return {
    url: mqtt.broker_url,
    protocol: mqtt.protocol,
    username: value(mqtt.username_env),
    password: value(mqtt.password_env),
    ca: await pem("ca_file"),
    cert: await pem("cert_file"),
    key: await pem("key_file"),
  };
}
