import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import { ExpectedError, errorCode, toError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { BrokerAuth, DeployPlan } from "../../deploy/plan.ts";
import type { SecretValues } from "../../deploy/target.ts";

/**
 * The login of a broker that is deployed along, kept between deployments. Whoever sets none gets one that nobody can
 * guess, and need not think about it.
 */
export interface KeptLogin {
  values: Record<string, string>;
  file: string;
}

/** The login of a broker that is deployed along, if nobody gives one here. */
export function openLogin({ broker }: DeployPlan, values: SecretValues): BrokerAuth | undefined {
  if (broker.kind !== "included" || broker.auth === undefined) return undefined;
  const { usernameSecret, passwordSecret } = broker.auth;
  const given = values[usernameSecret] !== undefined || values[passwordSecret] !== undefined;
  return given ? undefined : broker.auth;
}

/** The login that was made up before; undefined: none was. */
export async function readLogin(file: string, auth: BrokerAuth): Promise<KeptLogin | undefined> {
  try {
    const kept = parseEnv(await readFile(file, "utf8"));
    const { usernameSecret, passwordSecret } = auth;
    const [username, password] = [kept[usernameSecret], kept[passwordSecret]];
    if (!username || !password) return undefined;
    return { values: { [usernameSecret]: username, [passwordSecret]: password }, file };
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw cannot("read", file, error);
  }
}

/** A login that nobody can guess: 192 random bits. */
export function newLogin(file: string, { usernameSecret, passwordSecret }: BrokerAuth): KeptLogin {
  const password = Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
  return { values: { [usernameSecret]: "agents", [passwordSecret]: password }, file };
}

/** Only this user can read the file. */
export async function saveLogin({ values, file }: KeptLogin): Promise<void> {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `# Login of a broker that agent-deploy deployed.\n${lines.join("")}`, {
      mode: 0o600,
    });
  } catch (error) {
    throw cannot("write", file, error);
  }
}

const cannot = (what: string, file: string, cause: unknown): ExpectedError =>
  new ExpectedError(`cannot ${what} ${file}: ${systemReason(cause) ?? toError(cause).message}`, {
    cause,
    hint: "It holds the broker's login. Set the login yourself, and the file is not needed.",
  });
