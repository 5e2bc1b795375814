// The floor: a bare program that connects, subscribes, serves /ready, and echoes what it gets at QoS 1. It keeps
// nothing, checks nothing and thinks nothing.
import mqtt from "mqtt";

const [port, healthPort] = process.argv.slice(2).map(Number);
let ready = false;
Bun.serve({
  port: healthPort ?? 0,
  hostname: "127.0.0.1",
  fetch: () => new Response(null, { status: ready ? 200 : 503 }),
});
const client = mqtt.connect({
  protocol: "mqtt",
  host: "127.0.0.1",
  port: port ?? 1883,
  clientId: "floor",
  clean: false,
  protocolVersion: 5,
});
client.on("connect", () => {
  client.subscribe("/control/agents/floor/input", { qos: 1 }, () => {
    ready = true;
  });
});
client.on("message", (_topic, payload) => {
  const { conversation_id, task_id } = JSON.parse(payload.toString());
  client.publish(`/conversations/${conversation_id}/floor`, JSON.stringify({ response: "echo", task_id }), {
    qos: 1,
  });
});
