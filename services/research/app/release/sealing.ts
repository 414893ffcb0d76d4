import type { Clock } from '../../../../kernel/clock.ts';
import { Failure } from '../../../../kernel/errors.ts';
import type { NoteSigner } from '../../../../kernel/merkle/note.ts';
import { digestOf, manifestFile, sealed, sha256, signatureFile } from '../../package/manifest.ts';
import { type RecallCommand, recall } from '../../registry/recall.ts';
import type { ReleaseNotes } from '../../registry/registry.ts';
import type { Anchor, LedgerPosition } from '../anchor.ts';
import { ownerOf, releaseStream } from '../log.ts';
import type { Subjects } from '../subjects.ts';
import { attributeOf } from './anonymised.ts';
import type { Job, Withdrawn } from './registering.ts';
import { keyOf, type Registrations } from './registrations.ts';
import type { Stored } from './stored.ts';
import type { Wanted } from './wanted.ts';

/** The release that was registered must not leave: it is destroyed. */
export class Discarded extends Failure {}

export interface SealingParts {
  registrations: Registrations;
  stored: Stored;
  subjects: Subjects;
  withdrawn: Withdrawn;
  anchor: Anchor;
  signer: NoteSigner;
  clock: Clock;
}

/**
 * From the registry to a package that can be downloaded: anchored on the ledger, signed, and its people told. It can be
 * done again from the start wherever it was interrupted.
 * @throws Discarded where somebody has withdrawn since the release was registered
 */
export function sealing(parts: SealingParts): (job: Job, wanted: Wanted, release: string) => Promise<void> {
  const { registrations, stored, subjects, withdrawn, anchor, signer, clock } = parts;

  async function registered(release: string, { plan }: Wanted) {
    const attribute = attributeOf(plan);
    const { chain, byAttribute } = await registrations.with(attribute);
    const place = chain.findIndex((claim) => claim.release === release);
    const notes = byAttribute.get(keyOf(attribute))?.registry.releases.find((each) => each.notes.id === release)?.notes;
    if (place < 0 || !notes) throw new Failure('exception', 'The registry does not have the release.');
    return { chain: chain.slice(0, place + 1), notes };
  }

  /** Whom the release holds. Without anybody whose consent could be asked nothing leaves. */
  async function consenting(wanted: Wanted, release: string): Promise<string[]> {
    const patients = [...((await stored.patients(release)) ?? (await subjects.of(release)))];
    const gone = await withdrawn(wanted.reading, patients);
    return gone.length > 0 || patients.length === 0 ? discard(release) : patients;
  }

  async function discard(release: string): Promise<never> {
    await stored.destroy(release);
    throw new Discarded('conflict', 'Consents changed before the release was sealed: it is discarded. Start it again.');
  }

  async function unlessErased<T>(release: string, work: Promise<T>): Promise<T> {
    return work.catch((error) => {
      if (error instanceof Failure && error.code === 'deleted') return discard(release);
      throw error;
    });
  }

  function publication(wanted: Wanted, release: string, contents: string, files: ReadonlyMap<string, Uint8Array>) {
    const { reading, request, plan } = wanted;
    const { organization } = reading;
    const { replaces } = request;
    const command: Extract<RecallCommand, { type: 'publish' }> = {
      ...{ type: 'publish', ...reading, k: plan.model.k, contents, at: clock.now() },
      ...{ request: request.id, definition: request.definition, recipients: request.recipients },
      ...(replaces && { replaces }),
      files: Array.from(files, ([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
    };
    const events = recall.decide(command, recall.initial);
    return { stream: releaseStream(release), expected: 0, owner: ownerOf(organization), events };
  }

  async function signed({ reading, title }: Wanted, notes: ReleaseNotes, ledger: LedgerPosition) {
    const { id: release, releasedAt, definition, consentSnapshot, output } = notes;
    const contents = await stored.contents(release);
    if (digestOf(contents) !== output) throw new Failure('exception', 'The package is not what was registered.');
    const study = { id: reading.study, title };
    return sealed(contents, { release, study, releasedAt, definition, consentSnapshot, ledger }, signer);
  }

  return async (job, wanted, release) => {
    await job.step('anchor');
    const { chain, notes } = await registered(release, wanted);
    const ledger = await anchor.release(chain, job.signal);
    await job.step('sealing');
    const patients = await consenting(wanted, release);
    const files = await unlessErased(release, signed(wanted, notes, ledger));
    const { study, organization } = wanted.reading;
    await unlessErased(release, subjects.hold({ release, study, organization }, patients));
    await stored.forgetPatients(release);
    const last = [...files].filter(([name]) => name === manifestFile || name === signatureFile);
    await job.seal([await stored.rest(release, last), publication(wanted, release, notes.output, files)]);
  };
}
