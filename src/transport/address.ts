import { ExpectedError } from "../base/errors.ts";

export interface BrokerAddress {
  protocol: "mqtt" | "mqtts" | "ws" | "wss";
  host: string;
  port: number;
  /** WebSocket only. */
  path?: string;
}

const PROTOCOLS: Record<string, { protocol: BrokerAddress["protocol"]; port: number }> = {
  "mqtt:": { protocol: "mqtt", port: 1883 },
  "tcp:": { protocol: "mqtt", port: 1883 },
  "mqtts:": { protocol: "mqtts", port: 8883 },
  "ssl:": { protocol: "mqtts", port: 8883 },
  "tls:": { protocol: "mqtts", port: 8883 },
  "ws:": { protocol: "ws", port: 80 },
  "wss:": { protocol: "wss", port: 443 },
};

/** Reads a broker URL; the default ports are those that IANA lists for MQTT. */
export function brokerAddress(url: string): BrokerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const known = parsed && PROTOCOLS[parsed.protocol];
  if (!parsed || !known || !parsed.hostname) {
    throw new ExpectedError(
      `"${url.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/i, "$1…@")}" is not a broker address`,
      {
        hint: "Use mqtt://host:port, mqtts://host:port (TLS), ws://host/path or wss://host/path.",
      },
    );
  }
  const { protocol } = known;
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const port = parsed.port ? Number(parsed.port) : known.port;
  const path = parsed.pathname === "/" || parsed.pathname === "" ? "/mqtt" : parsed.pathname;
  return protocol === "ws" || protocol === "wss" ? { protocol, host, port, path } : { protocol, host, port };
}

/** How people write the address: without credentials. */
export const displayAddress = ({ protocol, host, port }: BrokerAddress): string =>
  `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
