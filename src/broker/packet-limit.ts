import type { AedesClient } from "./aedes-internals.ts";

/** Cuts a client off as soon as it announces a packet that is too long. */
export function limitPackets(client: AedesClient, maxBytes: number): void {
  const parser = client._parser;
  const parse = parser.parse.bind(parser);
  parser.parse = (chunk) => {
    const rest = parse(chunk);
    const { length } = parser.packet;
    if (length > maxBytes) {
      client.emit("error", new Error(`a packet of ${length} bytes: at most ${maxBytes} are taken`));
    }
    return rest;
  };
}
