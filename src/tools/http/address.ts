import ipaddr from "ipaddr.js";

/**
 * Whose an address is. `public`: anyone's, fit to be fetched. `private`: of this machine or its networks, fetched only
 * when the config allows it. `special`: never a web server a model has business with: cloud metadata, link-local,
 * multicast, reserved, tunnels.
 */
export type AddressKind = "public" | "private" | "special";

/** Services that hand out a machine's credentials to whoever asks from inside. */
const METADATA = new Set([
  "169.254.169.254", // AWS, Azure, Google, Oracle, DigitalOcean
  "169.254.170.2", // AWS ECS task credentials
  "169.254.170.23", // AWS EKS pod identity
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure WireServer, in public space
  "192.0.0.192", // Oracle, older
  "fd00:ec2::254", // AWS
  "fd00:ec2::23", // AWS EKS pod identity
  "fd20:ce::254", // Google
]);

const METADATA_NAMES = [
  "metadata.google.internal",
  "metadata.goog",
  "metadata.azure.internal",
  "metadata.azure.com",
  "instance-data.ec2.internal",
  "instance-data",
  "metadata",
  "metadata.tencentyun.com",
];

const PRIVATE_RANGES = new Set(["private", "loopback", "carrierGradeNat", "uniqueLocal"]);
/** Ranges of ipaddr.js that are of the open internet. */
const PUBLIC_RANGES = new Set(["unicast", "as112", "as112v6"]);

/** IPv6 space that is given out (RFC 4291 §2.4, IANA): everything else is special. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/** The well-known NAT64 prefix (RFC 6052 §2.1): an IPv4 address in its last 32 bits. */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/** Names that stand for a cloud's metadata service, wherever they resolve to. */
export const isMetadataName = (hostname: string): boolean => METADATA_NAMES.includes(hostname.toLowerCase());

/** Classifies a numeric address; what cannot be read is special. IPv4 inside IPv6 counts as what it is. */
export function classifyAddress(text: string): AddressKind {
  if (!ipaddr.isValid(text)) return "special";
  const address = unwrapped(ipaddr.parse(text));
  if (METADATA.has(address.toString())) return "special";
  const range = address.range();
  if (PRIVATE_RANGES.has(range)) return "private";
  if (!PUBLIC_RANGES.has(range)) return "special";
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? "special" : "public";
}

/** The IPv4 address in a mapped (RFC 4291 §2.5.5.2) or NAT64 address; any other as it is. */
function unwrapped(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}

/** Whether a URL's host is an address rather than a name; without its brackets, or undefined. */
export function addressOfHost(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return ipaddr.isValid(bare) ? bare : undefined;
}
