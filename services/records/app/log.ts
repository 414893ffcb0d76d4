import type { Recorded, SealedAppend, SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { RecordsEvent } from '../domain/event.ts';

/** The service's events, sealed per patient. */
export type RecordsLog = SealedStore<RecordsEvent>;

/** Appends, all or nothing, and applies what was appended to the views. Throws WrongVersion. */
export type Append = (appends: SealedAppend<RecordsEvent>[]) => Promise<Recorded<RecordsEvent>[]>;

export function appender(log: RecordsLog, projector: Projector<RecordsEvent>): Append {
  return async (appends) => {
    const recorded = await log.append(appends);
    await projector.apply(recorded);
    return recorded;
  };
}
