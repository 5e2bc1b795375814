import type { MqttClient } from "mqtt";
import type { Delivery } from "../runtime/ports/transport.ts";

/**
 * Hands over every incoming message with an `ack` of its own.
 *
 * mqtt.js acknowledges a QoS 1 message when its handler returns, and reads nothing else (no PUBACK, no PINGRESP) until
 * then; so a message that is to be acknowledged later would stall the connection. Here the packet is turned to QoS 0
 * before mqtt.js handles it, and the PUBACK is written to the same connection when `ack` is called.
 */
export function watchDeliveries(client: MqttClient, onDelivery: (delivery: Delivery) => void): void {
  const acks = ackWriter();
  client.on("packetreceive", (packet) => {
    if (packet.cmd !== "publish") return;
    const { stream } = client;
    const messageId = packet.qos === 1 ? packet.messageId : undefined;
    if (messageId !== undefined) packet.qos = 0;
    let open = messageId !== undefined;
    onDelivery({
      topic: packet.topic,
      payload: typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload,
      retained: packet.retain,
      ack() {
        if (!open) return;
        open = false;
        // A packet id belongs to its connection: after a reconnect the broker delivers the message again.
        if (client.stream === stream && client.connected) acks.write(stream, messageId!);
      },
    });
  });
}

/** Writes the PUBACKs of one turn of the event loop in one piece. */
function ackWriter() {
  let pending: { stream: MqttClient["stream"]; bytes: number[] } | undefined;
  const flush = () => {
    const batch = pending;
    pending = undefined;
    if (batch && !batch.stream.destroyed) batch.stream.write(Buffer.from(batch.bytes));
  };
  return {
    write(stream: MqttClient["stream"], messageId: number) {
      if (pending && pending.stream !== stream) flush();
      if (!pending) {
        pending = { stream, bytes: [] };
        queueMicrotask(flush);
      }
      // PUBACK with success in its short form, the same in 3.1.1 and 5 (MQTT 5 §3.4.2.1).
      pending.bytes.push(0x40, 0x02, messageId >> 8, messageId & 0xff);
    },
  };
}
