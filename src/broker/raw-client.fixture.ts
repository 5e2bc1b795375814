import { connect as dial } from "node:net";
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { until } from "../../test/peers/until.ts";

export type RawClient = Awaited<ReturnType<typeof rawClient>>;

/** An MQTT 3.1.1 client that does nothing by itself, so that a test says what is acknowledged, and when. */
export async function rawClient(port: number, options: Partial<IConnectPacket> & { clientId: string }) {
  const socket = dial(port, "127.0.0.1");
  const reader = parser({ protocolVersion: 4 });
  const packets: Packet[] = [];
  let closed = false;
  let nextId = 0;
  reader.on("packet", (packet) => packets.push(packet));
  socket.on("data", (chunk) => reader.parse(Buffer.from(chunk)));
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });

  const send = (packet: Packet): boolean => socket.write(Uint8Array.from(generate(packet)));
  const of = <C extends Packet["cmd"]>(cmd: C) =>
    packets.filter((packet): packet is Extract<Packet, { cmd: C }> => packet.cmd === cmd);
  /** Waits for the n-th packet of a kind. */
  const nth = <C extends Packet["cmd"]>(cmd: C, n: number) =>
    until(`${cmd} number ${n} for ${options.clientId}`, () => of(cmd)[n - 1]);

  send({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: 0,
    ...options,
  });
  return {
    packets,
    of,
    nth,
    send,
    socket,
    connack: () => nth("connack", 1),
    closed: () => until(`the end of ${options.clientId}`, () => closed),
    isClosed: () => closed,
    async subscribe(topic: string, qos: 0 | 1 | 2 = 1) {
      nextId += 1;
      send({ cmd: "subscribe", messageId: nextId, subscriptions: [{ topic, qos }] });
      return nth("suback", of("suback").length + 1);
    },
    /** Publishes at QoS 1 without waiting. */
    publish(topic: string, payload: string | Buffer, options: Partial<IPublishPacket> = {}): number {
      nextId = (nextId % 65_535) + 1;
      send({
        cmd: "publish",
        topic,
        payload,
        qos: 1,
        retain: false,
        dup: false,
        messageId: nextId,
        ...options,
      });
      return nextId;
    },
    ack: (messageId: number) => send({ cmd: "puback", messageId }),
    /** Payloads received so far. */
    texts: () => of("publish").map(({ payload }) => payload.toString()),
    /** Answered by the broker only after everything that was sent before. */
    async ping() {
      const before = of("pingresp").length;
      send({ cmd: "pingreq" });
      await nth("pingresp", before + 1);
    },
    async disconnect() {
      send({ cmd: "disconnect" });
      socket.end();
      await until("the close", () => closed);
    },
    /** Cuts the connection without a word. */
    async drop() {
      socket.destroy();
      await until("the close", () => closed);
    },
  };
}
