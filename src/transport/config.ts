import { timerSecs } from "../base/timer-schema.ts";
import * as z from "../base/zod.ts";

const brokerUrl = z
  .string()
  .check(
    z.regex(
      /^(mqtts?|tcp|ssl|tls|wss?):\/\/[^/\s]+/,
      "expected mqtt://host:port, mqtts://host:port, ws:// or wss://",
    ),
  );

export const mqttSection = z.described(
  z.strictObject({
    broker_url: z.described(
      z._default(brokerUrl, "mqtt://localhost:1883"),
      "Broker address: mqtt:// or mqtts:// (TLS). MQTT_BROKER_URL, when set, comes before it.",
    ),
    username_env: z.described(z.optional(z.string()), "Environment variable of the user name."),
    password_env: z.described(z.optional(z.string()), "Environment variable of the password."),
    heartbeat_interval_secs: z.described(
      z._default(timerSecs(), 900),
      "Seconds between two status messages.",
    ),
    protocol: z.described(
      z._default(z.enum(["auto", "5", "3.1.1"]), "auto"),
      "MQTT version; auto tries 5 and falls back to 3.1.1.",
    ),
    shared_subscription: z.described(
      z._default(z.boolean(), false),
      "Several replicas of the agent share its tasks, each task going to one of them ($share/<agent id>/…; MQTT 5).",
    ),
    client_id: z.described(
      z.optional(z.string()),
      "MQTT client id; default: agent2389-<agent id>. With shared_subscription, -<instance> comes after it: the value of " +
        "HOSTNAME, or what is kept in the data folder.",
    ),
    keepalive_secs: z.described(
      z._default(z.int().check(z.minimum(1), z.maximum(65535)), 60),
      "Seconds of silence before a ping.",
    ),
    session_expiry_secs: z.described(
      z.optional(z.int().check(z.minimum(0), z.maximum(4294967295))),
      "Seconds the broker keeps tasks for an agent that is away (MQTT 5; in 3.1.1 the broker decides). Default: 604800 " +
        "(7 days); with shared_subscription, 300: others take the tasks of a replica that does not come back.",
    ),
    ca_file: z.described(
      z.optional(z.string()),
      "PEM file of the certificate authority that signed the broker's certificate.",
    ),
    cert_file: z.described(z.optional(z.string()), "PEM file of this client's certificate."),
    key_file: z.described(z.optional(z.string()), "PEM file of this client's private key."),
  }),
  "The broker that brings tasks and takes answers.",
);
export type MqttSection = z.output<typeof mqttSection>;
