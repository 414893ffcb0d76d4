import pino from 'pino';
import type { Actor } from '../../../kernel/auth/actor.ts';
import { randomIds } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { sealedStore } from '../../../kernel/eventstore/sealed.ts';
import { openKeyring } from '../../../kernel/keys/keyring.ts';
import { noteSigner } from '../../../kernel/merkle/note.ts';
import { projector } from '../../../kernel/views/projection.ts';
import { heldProjection } from '../app/held.ts';
import { appender } from '../app/log.ts';
import { recalls } from '../app/recalls.ts';
import { foldRelease, releaseChanges } from '../app/releaseLog.ts';
import { listReleases, releasesProjection } from '../app/releaseViews.ts';
import { subjects } from '../app/subjects.ts';
import { withdrawals } from '../app/withdrawals.ts';
import type { ResearchEvent } from '../domain/event.ts';
import type { ReleasePublished } from '../domain/release.ts';
import { recall } from '../registry/recall.ts';
import { disk } from './world.ts';

export const day = 24 * 3600_000;
export const silent = pino({ level: 'silent' });

/** What becomes of releases, on a store of its own where no other is given; consent is who is among `consenting`. */
export async function releasedWorld(kept: Pick<ReturnType<typeof disk>, 'store' | 'views' | 'keys'> = disk()) {
  const { store, views, keys } = kept;
  const ids = randomIds;
  const clock = { time: Date.UTC(2026, 0, 15), now: () => clock.time };
  const keyring = await openKeyring({ service: 'research', keys, store, ids, clock });
  const log = sealedStore<ResearchEvent>({ service: 'research', store, keyring, clock, ids });
  const projections = [releasesProjection(), heldProjection(views, keyring)];
  const projection = projector({ store, log, views, projections });
  const append = appender(log, projection);
  const consenting = new Set<string>();
  const erased = new Set<string>();
  const consent = {
    down: false,
    asked: 0,
    async check({ patients = [] }: { patients?: string[] }) {
      consent.asked += 1;
      if (consent.down) throw new Failure('unavailable', 'Consent does not answer.');
      if (patients.some((each) => erased.has(each))) throw new Failure('deleted', 'This data was erased.');
      return { decisions: patients.map((patient) => ({ patient, permit: consenting.has(patient) })) };
    },
  };
  const known = subjects({ log, append, views, keyring, clock, ids });
  const change = releaseChanges(log, append);
  const releases = () => listReleases(views, log);
  const common = { log, change, releases, clock };
  const times = { within: 14 * day, epoch: 91 * day };
  const shredded: string[] = [];
  const shred = async (release: string) => void shredded.push(release);
  const watch = withdrawals({ ...common, ...times, subjects: known, shred, consent: consent as never });
  const signer = await noteSigner('research.example', new Uint8Array(32).fill(9));
  const told = recalls({ ...common, ...times, signer });

  /** A release of these people, published to hale and reed. */
  async function publish(
    id: string,
    patients: readonly string[],
    study = 's1',
    more: Partial<Pick<ReleasePublished, 'replaces' | 'files'>> = {},
  ) {
    for (const patient of patients) consenting.add(patient);
    await known.hold({ release: id, study, organization: 'northgate' }, patients);
    const of = { study, purpose: 'HRESCH', organization: 'northgate', researcher: 'hale' };
    const made = { request: 'q1', definition: 1, contents: 'c'.repeat(64), files: [], k: 3 };
    const command = {
      type: 'publish',
      ...of,
      ...made,
      ...more,
      recipients: ['hale', 'reed'],
      at: clock.now(),
    } as const;
    await change(id, (state) => ({ events: recall.decide(command, state) }));
  }
  const download = (id: string, recipient = 'hale') => {
    const command = { type: 'download', recipient, terms: 't', at: clock.now() } as const;
    return change(id, (state) => ({ events: recall.decide(command, state) }));
  };
  const state = async (id: string) => (await foldRelease(log, id)).state;
  const status = async (id: string) => (await state(id)).status;
  const close = () => Promise.all([store.close(), views.close(), keys.close()]);
  return {
    ...{ store, views, keys, keyring, log, clock, projection, signer, publish, download, state, status, close },
    ...{ consent, consenting, erased, shredded, subjects: known, withdrawals: watch, recalls: told },
  };
}

export function actorOf(subject: string, role: Actor['role'] = 'researcher', organization = 'northgate'): Actor {
  const held = { purpose: 'HRESCH', careTeams: [], scopes: [], client: 'test', authTime: 0, expires: 9e15 };
  return { subject, role, organization, ...held };
}
