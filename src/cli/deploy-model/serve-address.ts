import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { ExpectedError, UsageError } from "../../base/errors.ts";

export interface ServeAddress {
  /** What others are told. */
  host: string;
  /** What is listened on. */
  listen: string;
  port: number;
}

/** `192.168.1.5`, `192.168.1.5:8088`, `[fd00::1]:8088`, or a name, for which all addresses are listened on. */
export function parseServeAt(text: string): ServeAddress {
  const [, bracketed, plain, port = "0"] =
    /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) {
    throw new UsageError(`"${text}" is no address to be reached at`, { hint: "As 192.168.1.5:8088" });
  }
  const isAddress = bracketed !== undefined || /^\d+(\.\d+){3}$/.test(host);
  return { host, listen: isAddress ? host : "0.0.0.0", port: Number(port) };
}

/** The address of this machine that leads to a host. Nothing is sent: the system only looks up the way (connect(2) of UDP). */
export async function localAddress(host: string): Promise<string> {
  try {
    const { address, family } = await lookup(host);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.connect(9, address, resolve);
      });
      return socket.address().address;
    } finally {
      socket.close();
    }
  } catch (cause) {
    throw new ExpectedError(`the address of this machine towards ${host} is not known`, {
      hint: "Name one that the worker reaches: --serve-at HOST",
      cause,
    });
  }
}
