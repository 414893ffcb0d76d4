import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { RecordsEvent } from '../domain/event.ts';

/** The service's events, sealed per patient. */
export type RecordsLog = SealedStore<RecordsEvent>;
