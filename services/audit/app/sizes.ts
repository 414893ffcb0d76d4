import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { BatchSequenced, LogEvent } from '../domain/event.ts';
import { sizeAfter } from './batch.ts';
import type { LogSizes } from './log.ts';
import { newestAnchor, newestCheckpoint } from './views.ts';

/** How far the log is by what is stored, whichever process writes it. Only what is integrated is published. */
export async function logSizes(log: SealedStore<LogEvent>, views: Views): Promise<LogSizes> {
  const newest = await log.last('log');
  const published = (await newestCheckpoint(views))?.size ?? 0;
  const anchored = (await newestAnchor(views))?.size ?? 0;
  const sequenced = newest ? sizeAfter(newest.event as BatchSequenced) : 0;
  return { sequenced, integrated: published, published, anchored };
}
