/** The Mosquitto that is deployed along (mosquitto.conf(5), mosquitto_passwd(1), the official image eclipse-mosquitto:2). */
export const MOSQUITTO = {
  configFile: "/mosquitto/config/mosquitto.conf",
  data: "/mosquitto/data",
  user: 1883,
  group: 1883,
  /** In memory. */
  scratch: "/tmp",
  /** Folder of the logins, which only the broker's own user can read. */
  login: "/tmp/login",
} as const;

const LOGIN = MOSQUITTO.login;
const PASSWORDS = `${LOGIN}/passwords`;

export const MOSQUITTO_COMMAND = ["mosquitto", "-c", MOSQUITTO.configFile] as const;

export interface ListenOptions {
  port: number;
  /** Who connects must log in. */
  login: boolean;
}

export function mosquittoConfig({ port, login }: ListenOptions): string {
  const access = login ? ["allow_anonymous false", `password_file ${PASSWORDS}`] : ["allow_anonymous true"];
  return `${[
    "# Only what is in the same network reaches this broker.",
    `listener ${port}`,
    ...access,
    "",
    "# Sessions, waiting tasks and retained statuses outlive the container.",
    "persistence true",
    `persistence_location ${MOSQUITTO.data}/`,
    "autosave_on_changes true",
    "autosave_interval 1",
    "",
    "# The default drops what waits for an agent beyond 1000 messages.",
    "max_queued_messages 0",
    "set_tcp_nodelay true",
    "",
    "log_dest stdout",
    "log_type error",
    "log_type warning",
    "log_type notice",
    "# The health check would write a line each time.",
    "connection_messages false",
  ].join("\n")}\n`;
}

/** Words of a POSIX shell that give the login: `"$NAME"`. */
export interface LoginWords {
  username: string;
  password: string;
}

/** Lines of a POSIX shell that write the file of hashed passwords; `printf` is the shell's own, so no argument shows them. */
const passwordLines = ({ username, password }: LoginWords): string[] => [
  "set -eu",
  "umask 077",
  `mkdir -p ${LOGIN}`,
  `printf '%s:%s\\n' ${username} ${password} > ${PASSWORDS}`,
  `mosquitto_passwd -U ${PASSWORDS}`,
];

/** Script of a POSIX shell that writes the file of hashed passwords. */
export const mosquittoPasswords = (words: LoginWords): string => `${passwordLines(words).join("\n")}\n`;

/** Script of a POSIX shell that writes the login's files and becomes the broker. */
export const mosquittoStart = (words: LoginWords): string =>
  `${[
    ...passwordLines(words),
    `printf '%s %s\\n' -u ${words.username} -P ${words.password} > ${LOGIN}/mosquitto_sub`,
    `exec ${MOSQUITTO_COMMAND.join(" ")}`,
  ].join("\n")}\n`;

/** Where the probe finds its login (mosquitto_sub(1), Files). */
export const MOSQUITTO_PROBE_ENV = { XDG_CONFIG_HOME: LOGIN } as const;

/** Connects, subscribes and ends; fails when the broker does not answer within 3 seconds. */
export const mosquittoProbe = (port: number): string[] => [
  "mosquitto_sub",
  ...["-p", String(port)],
  ...["-i", "health-check"],
  ...["-t", "$SYS/broker/version"],
  "-E",
  ...["-W", "3"],
];
