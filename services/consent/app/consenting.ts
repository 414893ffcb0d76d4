import type { Provision } from '../../../contracts/rules/statement.ts';
import { isResearch, isStudyPurpose, studyPurpose } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { Caller } from './caller.ts';
import type { Asked, Decisions } from './decisions.ts';
import type { Folded } from './fold.ts';
import type { PatientStreams } from './streams.ts';
import { currentUnlessErased } from './views.ts';

/** Who takes part in research. */
export interface Consenting {
  /**
   * The patients who permit it now, in groups, each once: the view says whose consents name the purpose or the study,
   * and the head of each one's stream decides.
   * @throws Failure `value` for a purpose that is not research
   */
  list(caller: Caller, asked: Asked): AsyncIterable<string[]>;
}

const collection = 'consenting';
/** Patients decided on together. */
const group = 200;

export function consenting(parts: { views: Views; keyring: Keyring; decisions: Decisions }): Consenting {
  const { views, keyring, decisions } = parts;

  async function* naming(purpose: string): AsyncIterable<string[]> {
    const where = { purpose: keyring.mac(purpose) };
    let after: { sort: number; id: string } | undefined;
    for (;;) {
      const page = await views.find(collection, { where, limit: group, ...(after && { after }) });
      yield page.map(({ keys }) => String(keys.patient));
      after = page.at(-1);
      if (page.length < group) return;
    }
  }

  return {
    async *list(caller, asked) {
      const { purpose, study } = asked;
      if (!isResearch(purpose)) throw new Failure('value', `${purpose} is no purpose of research.`);
      const looked = new Set<string>();
      for (const named of study ? [studyPurpose(study), purpose] : [purpose]) {
        for await (const patients of naming(named)) {
          const fresh = [...new Set(patients)].filter((patient) => !looked.has(patient));
          if (fresh.length === 0) continue;
          for (const patient of fresh) looked.add(patient);
          const permitting = (await Promise.all(fresh.map(permits))).flat();
          if (permitting.length > 0) yield permitting;
        }
      }

      /** One whose key was destroyed meanwhile permits nothing. */
      async function permits(patient: string): Promise<string[]> {
        const decided = await decisions.check(caller, [patient], asked).catch(undefinedWhereErased);
        return decided?.decisions[0]?.permit ? [patient] : [];
      }
    },
  };
}

/**
 * A document per consent that permits research, found by what it names: keyed hashes of its purposes and studies. A
 * consent that is over, or no longer names any, leaves a tombstone.
 */
export function consentingProjection(streams: PatientStreams, keyring: Keyring): Projection<ConsentServiceEvent> {
  return {
    collections: [collection],
    async apply({ owner: patient, version, event }: Recorded<ConsentServiceEvent>): Promise<ViewWrite[]> {
      if (!('consent' in event) || !isStatement(event.type)) return [];
      const { consent: id } = event;
      const purposes = researchNamedBy(await currentUnlessErased(streams, patient), id);
      if (purposes.length === 0) return [{ collection, deleted: true, id, version }];
      const keys = { patient, purpose: purposes.map((purpose) => keyring.mac(purpose)) };
      return [{ collection, id, version, keys, sort: 0, body: nothing }];
    },
  };
}

const nothing = new Uint8Array();
const isStatement = (type: string) => ['ConsentGranted', 'ConsentAmended', 'ConsentRevoked'].includes(type);

/** Purposes of research, and studies, that a permit of the consent's current statement names. */
function researchNamedBy(folded: Folded | undefined, consent: string): string[] {
  const found = folded?.rules.consents.find(({ id }) => id === consent);
  const look = ({ type, purposes = [], provisions }: Provision): string[] => [
    ...(type === 'permit' ? purposes : []),
    ...provisions.flatMap(look),
  ];
  const named = found ? look(found.statement.root) : [];
  return [...new Set(named)].filter((purpose) => isResearch(purpose) || isStudyPurpose(purpose));
}
