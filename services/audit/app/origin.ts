import { Failure } from '../../../kernel/errors.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { AuditConfig } from '../config.ts';
import type { CheckpointPublished, LogEvent } from '../domain/event.ts';

/**
 * The log's name: that of its first checkpoint, for ever, since every proof that is out there names it; a new log's is
 * the configured one, or follows from the public address. Throws Failure `invalid` where the configured one is another.
 */
export async function originFor(log: SealedStore<LogEvent>, { LOG_ORIGIN, baseUrl }: AuditConfig): Promise<string> {
  const [first] = await log.read('checkpoint/0');
  const known = first && originOf(first.event as CheckpointPublished);
  if (known && LOG_ORIGIN && known !== LOG_ORIGIN)
    throw new Failure('invalid', `LOG_ORIGIN: this audit log is called ${known}, and cannot get another name.`);
  return known ?? (LOG_ORIGIN || `${baseUrl.replace(/^https?:\/\//, '')}/log`);
}

const originOf = ({ note }: CheckpointPublished): string => note.slice(0, note.indexOf('\n'));
