import { MOSQUITTO } from "../../mosquitto.ts";
import { byteValue, cpus } from "./units.ts";

/** A service of the Compose Specification, as far as it is used here. */
export interface Service {
  image: string;
  platform?: string;
  runtime?: string;
  profiles?: string[];
  command: string[];
  user: string;
  group_add?: string[];
  environment: Record<string, string | null>;
  configs?: { source: string; target: string }[];
  secrets?: string[];
  volumes?: (string | Record<string, unknown>)[];
  tmpfs: string[];
  ports?: Record<string, unknown>[];
  extra_hosts?: string[];
  depends_on?: Record<string, { condition: "service_healthy" }>;
  healthcheck?: Record<string, unknown>;
  init?: true;
  read_only?: true;
  cap_drop: ["ALL"];
  security_opt: ["no-new-privileges:true"];
  restart?: "unless-stopped";
  stop_grace_period: string;
  deploy?: Record<string, unknown>;
  logging?: Record<string, unknown>;
  labels: Record<string, string>;
}

/** What no container here needs, it does not get. */
export const HARDENED = {
  cap_drop: ["ALL"],
  security_opt: ["no-new-privileges:true"],
} as const satisfies Pick<Service, "cap_drop" | "security_opt">;

/** The engine's own default keeps everything that was ever logged. */
export const LOGGING = { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } } as const;

/** Scratch space in memory. Libraries that the program unpacks there are loaded from it. */
export const SCRATCH: string = `${MOSQUITTO.scratch}:mode=1777,exec`;

interface Amounts {
  cpu: string;
  memory: string;
}

/** Engines outside of a swarm reserve memory only. */
export const resources = ({ requests, limits }: { requests: Amounts; limits: Amounts }) => ({
  limits: { cpus: cpus(limits.cpu), memory: byteValue(limits.memory) },
  reservations: { memory: byteValue(requests.memory) },
});
