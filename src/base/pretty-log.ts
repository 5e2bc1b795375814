import { Writable } from "node:stream";
import pinoPretty from "pino-pretty";

/** A stream for pino that writes lines for people. In a file of its own, since few logs are read by people. */
export function prettyStream(line: { write(text: string): void }, colorize: boolean): Writable {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      line.write(String(chunk));
      done();
    },
  });
  return pinoPretty({
    colorize,
    destination,
    sync: true,
    translateTime: "SYS:HH:MM:ss.l",
    singleLine: true,
  });
}
