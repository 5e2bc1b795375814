import { expect, test } from "bun:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { type AddressKind, classifyAddress } from "./address.ts";

const table: Record<AddressKind, string[]> = {
  public: [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "11.0.0.0",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "64:ff9b::808:808",
  ],
  private: [
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.254",
    "10.0.0.0",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "::1",
    "fc00::1",
    "fdff:ffff::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:192.168.1.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b::192.168.0.1",
  ],
  special: [
    // cloud metadata
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    // link-local
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    // multicast, broadcast, unspecified, this network
    "224.0.0.1",
    "239.255.255.255",
    "ff02::1",
    "255.255.255.255",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    // reserved and for documentation
    "240.0.0.1",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "198.18.0.1",
    "192.88.99.1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "fec0::1",
    "4000::1",
    "5f00::1",
    // tunnels: an IPv4 address of anyone's choice in them
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001::7f00:1",
    "::7f00:1",
    "::a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::a00:1",
    // not an address
    "",
    "localhost",
    "1.2.3.4.5",
    "::g",
  ],
};

for (const [kind, addresses] of Object.entries(table)) {
  test.each(addresses)(`%p is ${kind}`, (address) => {
    expect(classifyAddress(address)).toBe(kind as AddressKind);
  });
}

test("an IPv4 address is of one kind, however it is wrapped", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(octet, octet, octet, octet), (octets) => {
      const plain = octets.join(".");
      const [a, b, c, d] = octets.map((part) => part.toString(16).padStart(2, "0"));
      const kind = classifyAddress(plain);
      return [`::ffff:${plain}`, `::ffff:${a}${b}:${c}${d}`, `64:ff9b::${plain}`].every(
        (wrapped) => classifyAddress(wrapped) === kind,
      );
    }),
  );
});

test("no IPv6 address outside of 2000::/3 is public, but for wrapped IPv4", () => {
  const part = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(part, { minLength: 8, maxLength: 8 }), (parts) => {
      const address = new ipaddr.IPv6(parts);
      if (address.match(ipaddr.IPv6.parseCIDR("2000::/3"))) return true;
      return classifyAddress(address.toString()) !== "public";
    }),
  );
});
