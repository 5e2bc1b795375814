import type { AgentPlan, BrokerPlan } from "../../plan.ts";

const HTTPS = 443;

/** Of addresses that name no port (WHATWG URL; RFC 9110 §4.2; MQTT 5 §4.2). */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": HTTPS,
  "ws:": 80,
  "wss:": HTTPS,
  "mqtt:": 1883,
  "tcp:": 1883,
  "mqtts:": 8883,
  "ssl:": 8883,
  "tls:": 8883,
};

/**
 * Ports that the agent connects to: 443, and those of every address in its config and variables (a model server, an MCP
 * server), in ascending order. An address that stands in a comment counts too: better one port more than a model that
 * cannot be reached. The included broker has a rule of its own.
 */
export function egressPorts({ config, env }: AgentPlan, broker: BrokerPlan): number[] {
  const addresses = [config.text, ...Object.values(env)]
    .flatMap(addressesIn)
    .filter((url) => !isIncluded(url, broker));
  const external = broker.kind === "external" ? addressesIn(broker.url) : [];
  const ports = [...addresses, ...external].map(portOf).filter((port) => port !== undefined);
  return [...new Set([HTTPS, ...ports])].sort((a, b) => a - b);
}

/** `${NAME:-http://host:8000}` counts with its default. */
const addressesIn = (text: string): URL[] =>
  [...text.matchAll(/\b(?:https?|wss?|mqtts?|tcp|ssl|tls):\/\/[^\s"'`<>{}()\\,;]+/g)]
    .map(([address]) => URL.parse(address))
    .filter((url) => url !== null);

const portOf = ({ port, protocol }: URL): number | undefined =>
  port === "" ? DEFAULT_PORTS[protocol] : Number(port);

/** The address in the config that the included broker takes the place of, or the broker's own. */
const isIncluded = ({ protocol, hostname }: URL, broker: BrokerPlan): boolean =>
  broker.kind === "included" && (hostname === broker.host || /^(mqtts?|tcp|ssl|tls):$/.test(protocol));
