import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Metrics } from '../../../kernel/telemetry.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { type BreakGlass, breakGlass } from './breakGlass.ts';
import type { Mandates } from './caller.ts';
import { type Consents, consents } from './consents.ts';
import { type Decisions, decisions } from './decisions.ts';
import { type ConsentDoor, consentDoor } from './door.ts';
import { idempotency } from './idempotency.ts';
import type { People } from './identity.ts';
import { reading } from './reading.ts';
import type { ConsentLog, PatientStreams } from './streams.ts';
import { suspensions as suspensionsOf } from './suspensions.ts';
import { whereabouts as whereaboutsOf } from './views.ts';

/** What consent can do; REST and gRPC both call only this. */
export interface ConsentApp {
  decisions: Decisions;
  consents: Consents;
  breakGlass: BreakGlass;
  door: ConsentDoor;
  people: People;
}

export function consentApp(parts: {
  log: ConsentLog;
  streams: PatientStreams;
  projector: Projector<ConsentServiceEvent>;
  views: Views;
  keyring: Keyring;
  mandates: Mandates;
  people: People;
  deployment: Deployment;
  limits: { minutes: number; maxMinutes: number; loginAge: number };
  clock: Clock;
  ids: Ids;
  metrics: Metrics;
}): ConsentApp {
  const { log, streams, views, keyring } = parts;
  const whereabouts = whereaboutsOf(views, keyring);
  const suspensions = suspensionsOf(log);
  const all = { ...parts, whereabouts, suspensions };
  const stated = consents({ ...all, once: idempotency(log, streams, keyring) });
  return {
    decisions: decisions(all),
    consents: stated,
    breakGlass: breakGlass(all),
    door: consentDoor({ ...all, consents: stated, reading: reading(all) }),
    people: parts.people,
  };
}
