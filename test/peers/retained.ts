import mqtt from "mqtt";

/** The message that a broker keeps for a topic, as JSON. Waits for one; what is not kept does not count. */
export async function retained(url: string, topic: string): Promise<Record<string, unknown>> {
  const client = await mqtt.connectAsync(url);
  try {
    const message = new Promise<string>((resolve) => {
      client.on("message", (_topic, payload, { retain }) => retain && resolve(payload.toString()));
    });
    await client.subscribeAsync(topic, { qos: 1 });
    return JSON.parse(await message);
  } finally {
    await client.endAsync(true);
  }
}
