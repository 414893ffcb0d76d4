import type { Clock } from '../../../kernel/clock.ts';
import { WrongVersion } from '../../../kernel/errors.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection, Projector } from '../../../kernel/views/projection.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { type Folded, unfolded } from './fold.ts';
import { notified } from './notices.ts';
import type { ConsentLog, PatientStreams } from './streams.ts';
import { uuidOf } from './uuidOf.ts';
import { currentUnlessErased } from './views.ts';

/** Tells patients, once, that a consent's period ends soon. */
export interface Reminders {
  /** Sends those that are due. */
  remind(): Promise<void>;
}

interface Parts {
  log: ConsentLog;
  streams: PatientStreams;
  views: Views;
  projector: Projector<ConsentServiceEvent>;
  keyring: Keyring;
  clock: Clock;
}

const collection = 'endings';
/** Consents looked at in one round at most; the next round goes on. */
const most = 200;

export function reminders({ log, streams, views, projector, keyring, clock }: Parts): Reminders {
  /** Resolves to whether there was anything to tell. */
  async function send(patient: string, consent: string): Promise<boolean> {
    const ending = endingOf((await currentUnlessErased(streams, patient)) ?? unfolded, consent);
    if (!ending) return false;
    const { version, end } = ending;
    const id = uuidOf(keyring.mac(`consent-ending/${consent}/${version}`));
    const notice = { kind: 'consent-ending', consent, version, end } as const;
    try {
      await projector.apply(await log.append([notified(id, patient, { patient }, notice)]));
      return true;
    } catch (error) {
      if (error instanceof WrongVersion) return false; // another process was first
      throw error;
    }
  }

  return {
    async remind() {
      const due = await views.find(collection, { where: { due: 'yes' }, to: clock.now(), limit: most });
      for (const { id, version, keys } of due) {
        if (!(await send(String(keys.patient), id)))
          await views.apply([{ collection, deleted: true, id, version: version + 1 }]);
      }
    },
  };
}

/** The consent's version, and when its period ends; undefined where it is not in force, or open. */
function endingOf({ patient, rules }: Folded, consent: string): { version: number; end: number } | undefined {
  const active = rules.consents.find(({ id }) => id === consent);
  const end = active?.statement.root.period?.end;
  return active && end !== undefined && patient.consents.has(consent) ? { version: active.version, end } : undefined;
}

/**
 * When each consent's patient is to be reminded: so long before its end, or for the last quarter of a short one.
 * A document's version counts two for each version of its consent, and one for the reminder.
 * @param before milliseconds before the end
 */
export function endingProjection(streams: PatientStreams, before: number): Projection<ConsentServiceEvent> {
  return {
    collections: [collection],
    async apply({ owner: patient, event, at }): Promise<ViewWrite[]> {
      if (event.type === 'Notified' && event.notice.kind === 'consent-ending') {
        const { consent, version, end } = event.notice;
        return [documentOf({ id: consent, version: 2 * version + 1, patient, due: 'no', sort: end })];
      }
      if (event.type !== 'ConsentGranted' && event.type !== 'ConsentAmended' && event.type !== 'ConsentRevoked')
        return [];
      const version = Number(event.resource.meta!.versionId);
      const ending = endingOf((await currentUnlessErased(streams, patient)) ?? unfolded, event.consent);
      const isNewest = ending?.version === version && ending.end > at;
      const sort = isNewest ? ending.end - Math.min(before, (ending.end - at) / 4) : at;
      return [documentOf({ id: event.consent, version: 2 * version, patient, due: isNewest ? 'yes' : 'no', sort })];
    },
  };
}

function documentOf(of: { id: string; version: number; patient: string; due: 'yes' | 'no'; sort: number }): ViewWrite {
  const { patient, due, ...place } = of;
  return { collection, ...place, keys: { patient, due }, body: new Uint8Array() };
}
