import { appendFileSync } from 'node:fs';

/** The effect of a fault on accepted events. */
export interface FaultCounts {
  /** Processes that were killed or stopped. */
  kills: number;
  events: number;
  /** Accepted, but missing at a receiver or in the log. */
  lost: number;
  /** Twice in the log. */
  doubled: number;
  /** Sent twice: what was in flight when its process was killed. */
  sentTwice: number;
}

/** Prints it; `npm run faults` adds up what all specs write to FAULTS_TALLY. */
export function tally(what: string, damage: FaultCounts): void {
  const { kills, events, lost, doubled, sentTwice } = damage;
  console.log(
    `${what}: ${kills} kills, ${events} events, ${lost} lost, ${doubled} doubled in the log, ${sentTwice} sent twice`,
  );
  const file = process.env['FAULTS_TALLY'];
  if (file) appendFileSync(file, `${JSON.stringify({ what, ...damage })}\n`);
}
