import type { AccessRecorded } from './access.ts';
import type { ReservationEvent } from './reservation.ts';
import type { ResourceEvent } from './resource.ts';

/** Everything that happens in records. */
export type RecordsEvent = ResourceEvent | AccessRecorded | ReservationEvent;
