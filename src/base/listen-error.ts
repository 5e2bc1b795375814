import { ExpectedError, errorCode, toError } from "./errors.ts";

/** Where people say what a server listens on: `HEALTH_PORT or [server] port`. */
export interface ListenSettings {
  host: string;
  port: string;
}

interface Explained {
  fact: string;
  /** `port` and `host` are the names of the settings with "with" before them, or empty. */
  hint(port: string, host: string): string;
}

const KNOWN: Readonly<Record<string, Explained>> = {
  EADDRINUSE: {
    fact: "is already in use",
    hint: (port) =>
      `Stop the program that listens there, or choose another port${port} (0 takes any free one).`,
  },
  EACCES: {
    fact: "may not be used",
    hint: (port) => `Choose a port above 1023${port}, or run with the right to use this one.`,
  },
  EADDRNOTAVAIL: {
    fact: "cannot be used: that is no address of this machine",
    hint: (_, host) => `Choose an address of this machine${host}, as 127.0.0.1, or 0.0.0.0 for all of them.`,
  },
};

/** What to tell a person when a server cannot listen; with `settings`, also where to choose another port or address. */
export function listenError(
  error: unknown,
  host: string,
  port: number,
  settings?: ListenSettings,
): ExpectedError {
  const { fact, hint } = KNOWN[errorCode(error) ?? ""] ?? {
    fact: `cannot be used: ${toError(error).message}`,
    hint: (_: string, by: string) => `Check the address, or choose 127.0.0.1${by}.`,
  };
  const by = (setting: string | undefined) => (setting === undefined ? "" : ` with ${setting}`);
  return new ExpectedError(`port ${port} on ${host} ${fact}`, {
    hint: hint(by(settings?.port), by(settings?.host)),
    cause: error,
  });
}
