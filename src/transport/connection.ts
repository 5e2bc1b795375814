import type { IClientOptions, MqttClient } from "mqtt";
import type { BrokerAddress } from "./address.ts";

/**
 * An mqtt.js client on a connection of this address. Over TCP and TLS the socket is made here: mqtt.js's own `connect`
 * first loads every transport it knows (WebSocket, SOCKS, …), which costs as much as all the rest of it.
 */
export async function mqttConnector(
  address: BrokerAddress,
): Promise<(options: IClientOptions) => MqttClient> {
  const { protocol, host, port } = address;
  if (protocol === "ws" || protocol === "wss") {
    const { default: mqtt } = await import("mqtt");
    return (options) => mqtt.connect({ ...address, ...options });
  }
  const [{ MqttClient }, openSocket] = await Promise.all([import("mqtt"), socketOpener(protocol)]);
  return (options) => new MqttClient(() => openSocket(host, port, options), { ...address, ...options });
}

async function socketOpener(protocol: "mqtt" | "mqtts") {
  if (protocol === "mqtt") {
    const { connect } = await import("node:net");
    // Small packets must not wait for each other: Nagle's algorithm with delayed ACKs costs 40 ms a message.
    return (host: string, port: number, _options: IClientOptions) => connect({ host, port, noDelay: true });
  }
  const [{ connect }, { isIP }] = await Promise.all([import("node:tls"), import("node:net")]);
  return (host: string, port: number, { ca, cert, key }: IClientOptions) => {
    // The certificate must be for this host (NFR-004); an address cannot be a server name (RFC 6066 §3).
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, ca, cert, key, rejectUnauthorized: true, ...servername });
    socket.setNoDelay(true);
    return socket;
  };
}
