import { createServer, type Socket } from "node:net";
import { generate, type IConnackPacket, type Packet, parser } from "mqtt-packet";

const MQTT_5 = { protocolVersion: 5 };

/** Takes any connection, and then does what a test says. */
export interface ScriptedBroker extends AsyncDisposable {
  url: string;
  connections(): number;
}

export type Script = (packet: Packet, send: (packet: Packet) => void, socket: Socket) => void;

/** An MQTT 5 broker that answers CONNECT by itself, with these properties; every packet goes to the script, CONNECT included. */
export async function scriptedBroker(
  script: Script,
  properties: IConnackPacket["properties"] = {},
): Promise<ScriptedBroker> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const send = (packet: Packet) => void socket.write(Uint8Array.from(generate(packet, MQTT_5)));
    const reader = parser(MQTT_5);
    reader.on("packet", (packet) => {
      if (packet.cmd === "connect")
        send({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties });
      script(packet, send, socket);
    });
    socket.on("data", (chunk) => reader.parse(Buffer.from(chunk)));
    socket.on("error", () => {}); // the client went
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the test's broker has no port");
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
