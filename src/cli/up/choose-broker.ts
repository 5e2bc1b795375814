import { join } from "node:path";
import { errorCode } from "../../base/errors.ts";
import { stateFolder } from "../../base/state-folder.ts";
import type { Broker } from "../../broker/open-broker.ts";
import type { Logger } from "../../log/logger.ts";
import { accessTo, DEFAULT_BROKER, openClient } from "../client/connect.ts";
import type { Context } from "../framework/context.ts";

/** The broker that the agents use: one that is there, or our own. */
export interface ChosenBroker {
  url: string;
  embedded: Broker | undefined;
  /** How it came to be chosen, for people. */
  why: string;
}

export interface BrokerWish {
  /** Address given on the command line. */
  url: string | undefined;
  /** Port of the embedded broker; undefined: the usual one, or any if that is taken. */
  port: number | undefined;
  memory: boolean;
}

const USUAL_PORT = 1883;

/**
 * --broker, else the one of MQTT_BROKER_URL or the usual one of this machine if it can be reached, else an embedded one.
 * Who wants a certain port, or nothing on disk, wants the embedded one.
 */
export async function chooseBroker(ctx: Context, wish: BrokerWish, log: Logger): Promise<ChosenBroker> {
  if (wish.url !== undefined) return { url: wish.url, embedded: undefined, why: "--broker" };
  const fromEnv = ctx.env["MQTT_BROKER_URL"];
  const unreachable = fromEnv ? await whyUnreachable(ctx, fromEnv) : undefined;
  if (fromEnv && unreachable === undefined)
    return { url: fromEnv, embedded: undefined, why: "MQTT_BROKER_URL" };
  const lost = unreachable && "since that of MQTT_BROKER_URL cannot be reached";
  const wantsEmbedded = wish.port !== undefined || wish.memory;
  if (!wantsEmbedded && (await whyUnreachable(ctx, DEFAULT_BROKER)) === undefined)
    return { url: DEFAULT_BROKER, embedded: undefined, why: told(["running already", lost]) };
  const dir = wish.memory ? undefined : join(stateFolder(ctx.env, ctx.cwd), "broker");
  const open = (port: number) => ctx.services.openBroker({ host: "127.0.0.1", port, dir, log });
  const embedded =
    wish.port === undefined
      ? await open(USUAL_PORT).catch((error: Error) => {
          if (errorCode(error.cause) !== "EADDRINUSE") throw error;
          return open(0);
        })
      : await open(wish.port);
  const facts = [
    "embedded",
    lost,
    embedded.port !== USUAL_PORT && wish.port === undefined && `since port ${USUAL_PORT} is taken`,
    dir === undefined ? "in memory" : `its state in ${dir}`,
  ];
  return { url: embedded.url, embedded, why: told(facts) };
}

const told = (facts: readonly (string | false | undefined)[]): string => facts.filter(Boolean).join(", ");

async function whyUnreachable(ctx: Context, url: string): Promise<string | undefined> {
  try {
    const transport = await openClient(ctx, accessTo(ctx, url));
    await transport.close();
    return undefined;
  } catch (error) {
    ctx.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
