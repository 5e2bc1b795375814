import { z } from "zod";

const brokerUrl = z
  .string()
  .regex(
    /^(mqtts?|tcp|ssl|tls|wss?):\/\/[^/\s]+/,
    "expected mqtt://host:port, mqtts://host:port, ws:// or wss://",
  );

export const mqttSection = z
  .strictObject({
    broker_url: brokerUrl
      .default("mqtt://localhost:1883")
      .describe("Broker address: mqtt:// or mqtts:// (TLS). MQTT_BROKER_URL, when set, comes before it."),
    username_env: z.string().optional().describe("Environment variable of the user name."),
    password_env: z.string().optional().describe("Environment variable of the password."),
    heartbeat_interval_secs: z
      .number()
      .positive()
      .default(900)
      .describe("Seconds between two status messages."),
    protocol: z
      .enum(["auto", "5", "3.1.1"])
      .default("auto")
      .describe("MQTT version; auto tries 5 and falls back to 3.1.1."),
    client_id: z.string().optional().describe("MQTT client id; default: agent2389-<agent id>."),
    keepalive_secs: z.int().min(1).max(65535).default(60).describe("Seconds of silence before a ping."),
    session_expiry_secs: z
      .int()
      .min(0)
      .max(4294967295)
      .default(604800)
      .describe(
        "Seconds the broker keeps tasks for an agent that is away (MQTT 5; in 3.1.1 the broker decides).",
      ),
    ca_file: z
      .string()
      .optional()
      .describe("PEM file of the certificate authority that signed the broker's certificate."),
    cert_file: z.string().optional().describe("PEM file of this client's certificate."),
    key_file: z.string().optional().describe("PEM file of this client's private key."),
  })
  .describe("The broker that brings tasks and takes answers.");
export type MqttSection = z.output<typeof mqttSection>;
