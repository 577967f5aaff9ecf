/**
 * The lists behind the address guard: the IANA special-purpose registries for IPv4 and IPv6 (also what they call
 * globally reachable: no webhook is received on an anycast relay), plus the metadata addresses of clouds, which serve
 * credentials without authentication.
 */

export const REFUSED_IPV4 = [
  '0.0.0.0/8', // "this network"; connecting to 0.0.0.0 reaches this machine
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT, also pod networks
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** The only part of IPv6 that is publicly allocated, except for REFUSED_IPV6. */
export const GLOBAL_IPV6 = '2000::/3';

export const REFUSED_IPV6 = [
  '2001::/23', // IETF protocol assignments
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3ffe::/16',
  '3fff::/20',
] as const;

/**
 * IPv6 ranges that embed an IPv4 address: a gateway may turn them into a connection to 127.0.0.1. They are always
 * refused, or another spelling would bypass "127.0.0.0/8 is not allowed".
 */
export const EMBEDDING_IPV6 = [
  '::/96', // IPv4-compatible, and the unspecified address
  '::ffff:0:0/96', // IPv4-mapped
  '::ffff:0:0:0/96', // IPv4-translated
  '64:ff9b::/96', // NAT64
  '64:ff9b:1::/48', // NAT64, local use
  '2001::/32', // Teredo
  '2002::/16', // 6to4
] as const;

/** Where clouds serve credentials: allowed only if listed individually, never as part of a range. */
export const METADATA_ADDRESSES = [
  '169.254.169.254', // AWS, Azure, Google and most others
  '169.254.170.2', // AWS containers
  '169.254.170.23', // AWS Kubernetes pods
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure
  '192.0.0.192', // Oracle
  'fd00:ec2::254', // AWS
  'fd00:ec2::23', // AWS Kubernetes pods
  'fd20:ce::254', // Google
] as const;

export const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
  'api.metadata.cloud.ibm.com',
  'instance-data',
  'instance-data.ec2.internal',
]);

export const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set([
  'local',
  'internal',
  'lan',
  'home',
  'localhost',
  'test',
  'arpa',
  'consul',
  'svc',
]);

/** Ports above 1023 of common databases, caches and orchestrators; below, only 443 is allowed. */
export const REFUSED_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5672, 5900, 5984, 6379, 6443, 8500, 9042, 9200, 10250, 11211,
  27017,
]);
