import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { LogEvent } from '../domain/event.ts';

/** The log as the relay reads it: all that leaves the service are readings of the trail, so nothing else is opened. */
export function ownReadings(log: SealedStore<LogEvent>): SealedStore<LogEvent> {
  return { ...log, open: async (commit) => (commit.stream.startsWith('read/') ? log.open(commit) : []) };
}
