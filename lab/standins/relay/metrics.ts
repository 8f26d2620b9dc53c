import type { Totals } from './store.ts';

export const VERSION = '0.1.0';

/** What has happened since the start. */
export interface Counters {
  pushes: number;
  pulls: number;
  connections: number;
  bytesReceived: number;
  bytesSent: number;
  blobsStored: number;
  errors: number;
}

/** What is so now. */
export interface Gauges {
  connections: number;
  groups: number;
  totals: Totals;
}

/** The bug `metrics-wrong`. */
export function miscounted(counters: Counters): Counters {
  return { ...counters, pushes: counters.pushes * 2, blobsStored: Math.floor(counters.blobsStored / 2) };
}

/** The body of /metrics: names, words and order are the product's. */
export function metricsText(counters: Counters, gauges: Gauges): string {
  return [
    metric('connections_active', 'gauge', 'Number of active connections', gauges.connections),
    metric('groups_active', 'gauge', 'Number of active sync groups', gauges.groups),
    metric('info', 'gauge', 'Server information', 1, `{version="${VERSION}"}`),
    metric('pushes_total', 'counter', 'Total PUSH requests handled', counters.pushes),
    metric('pulls_total', 'counter', 'Total PULL requests handled', counters.pulls),
    metric('connections_total', 'counter', 'Total connections accepted', counters.connections),
    metric(
      'bytes_received_total',
      'counter',
      'Total ciphertext bytes received (push payloads)',
      counters.bytesReceived,
    ),
    metric('bytes_sent_total', 'counter', 'Total ciphertext bytes sent (pull payloads)', counters.bytesSent),
    metric('blobs_stored_total', 'counter', 'Total blobs stored since startup', counters.blobsStored),
    // The product's limits are keyed by endpoint id, new in every client process, so they never act.
    metric('rate_limit_hits_total', 'counter', 'Total rate limit rejections', 0),
    metric('errors_total', 'counter', 'Total protocol errors', counters.errors),
    metric('storage_blobs', 'gauge', 'Number of blobs currently in database', gauges.totals.blobs),
    metric('storage_bytes', 'gauge', 'Total ciphertext bytes in database', gauges.totals.bytes),
    metric('storage_groups', 'gauge', 'Number of groups with stored data', gauges.totals.groups),
  ].join('\n');
}

/** The body of /health. */
export function healthText(gauges: Gauges, uptimeMs: number): string {
  return JSON.stringify({
    status: 'ok',
    version: VERSION,
    connections: gauges.connections,
    groups: gauges.groups,
    uptime_seconds: Math.floor(uptimeMs / 1000),
    total_blobs: gauges.totals.blobs,
    storage_bytes: gauges.totals.bytes,
    groups_with_data: gauges.totals.groups,
  });
}

function metric(name: string, type: 'gauge' | 'counter', help: string, value: number, labels = ''): string {
  const full = `sync_relay_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full}${labels} ${value}\n`;
}
