import type { Clock } from "../base/clock.ts";
import type { Env } from "../base/env.ts";
import { secretIn } from "../base/env-secret.ts";
import { ExpectedError } from "../base/errors.ts";
import { readPem } from "../base/pem-file.ts";
import type { Logger } from "../log/logger.ts";
import type { Transport } from "../runtime/ports/transport.ts";
import type { MqttSection } from "./config.ts";
import type { MqttOptions } from "./mqtt.ts";

export type BrokerAccess = Pick<
  MqttOptions,
  "url" | "username" | "password" | "protocol" | "keepaliveSecs" | "ca" | "cert" | "key"
>;

/** Address and credentials of the broker, with secrets from the environment and certificates from files. */
export async function brokerAccess(mqtt: MqttSection, env: Env, baseDir: string): Promise<BrokerAccess> {
  const pem = async (key: "ca_file" | "cert_file" | "key_file") => {
    const file = mqtt[key];
    return file === undefined ? undefined : readPem(file, baseDir, `mqtt.${key}`);
  };
  const [ca, cert, key] = await Promise.all([pem("ca_file"), pem("cert_file"), pem("key_file")]);
  return {
    url: mqtt.broker_url,
    // Neither is a must: brokers of one's own often ask for no login. Variables that are not set are warned of.
    username: secretIn(env, mqtt.username_env),
    password: secretIn(env, mqtt.password_env),
    protocol: mqtt.protocol,
    keepaliveSecs: mqtt.keepalive_secs,
    ca,
    cert,
    key,
  };
}

export interface AgentTransportDeps {
  agentId: string;
  env: Env;
  /** Folder of the config. */
  baseDir: string;
  /** Folder of what the agent keeps. */
  dataDir: string;
  clock: Clock;
  log: Logger;
}

const DAY_SECS = 86_400;
/** In which a replica that crashed is started again: Kubernetes waits five minutes at most. */
const REPLICA_AWAY_SECS = 300;

/**
 * How an agent connects: with its Last Will (FR-004), and a session that the broker keeps while it is away. Nothing is
 * sent before the transport is started.
 */
export async function openAgentTransport(
  mqtt: MqttSection,
  { agentId, env, baseDir, dataDir, clock, log }: AgentTransportDeps,
): Promise<Transport> {
  if (mqtt.shared_subscription && mqtt.protocol === "3.1.1") throw needsMqtt5();
  const [access, { openMqtt }, { unavailableStatus }, { RECEIVE_MAXIMUM }] = await Promise.all([
    brokerAccess(mqtt, env, baseDir),
    import("./mqtt.ts"),
    import("../runtime/status.ts"),
    import("../runtime/limits.ts"),
  ]);
  const name = mqtt.client_id ?? `agent2389-${agentId}`;
  return openMqtt({
    ...access,
    clientId: mqtt.shared_subscription ? `${name}-${await instanceName(env, dataDir)}` : name,
    clean: false,
    sessionExpirySecs:
      mqtt.session_expiry_secs ?? (mqtt.shared_subscription ? REPLICA_AWAY_SECS : 7 * DAY_SECS),
    receiveMaximum: RECEIVE_MAXIMUM,
    will: unavailableStatus(agentId, clock.now()),
    handsOver: true,
    log,
  });
}

const instanceName = async (env: Env, dataDir: string): Promise<string> =>
  (await import("./instance.ts")).instanceName(env, dataDir);

const needsMqtt5 = (): ExpectedError =>
  new ExpectedError("shared subscriptions need MQTT 5", {
    where: "mqtt.protocol",
    hint: 'Set [mqtt] protocol to "auto" or "5", or shared_subscription to false.',
  });
