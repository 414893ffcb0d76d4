import { Failure } from '../../../kernel/errors.ts';
import type { Client } from '../../../kernel/rpc/port.ts';
import type { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { RecordsService } from '../../../proto/gen/healthchain/records/v1/records_pb.ts';
import { parseResource } from '../rows/resource.ts';
import { ahead } from './ahead.ts';

/** For whom and for what it is read: what consent decides on, and what each patient's access log says. */
export interface Reading {
  study: string;
  /** The study's class, v3 PurposeOfUse. */
  purpose: string;
  /** The study's. */
  organization: string;
  /** Person id. */
  researcher: string;
}

type Resource = ReturnType<typeof parseResource>;

/** As much of a patient's record as was asked for and the consents permit. */
export interface PatientRecord {
  patient: string;
  /** Of the patient's consents, when it was decided to read. */
  version: number;
  resources: Resource[];
}

/** The one way from records into research. */
export interface Extraction {
  /**
   * The records of the patients who permit it, one after the other. Only patients whose consent names the study or its
   * class are looked at; each is decided on once more before the first search, and by the records service at each
   * page. Whoever withdraws or is erased meanwhile is left out whole.
   * @param types of resources; Medication comes along with what refers to it
   * @throws Failure `not-supported` for a type that records cannot search by patient; `unavailable` where a service is down
   */
  records(reading: Reading, types: readonly string[], signal?: AbortSignal): AsyncIterable<PatientRecord>;
}

/** Patients read at the same time: their access records are then made durable together. */
const width = 16;
const action = 'access';

export function extraction(parts: {
  consent: Pick<Client<typeof ConsentService>, 'check' | 'listConsenting'>;
  records: Pick<Client<typeof RecordsService>, 'search'>;
}): Extraction {
  const { consent, records } = parts;

  async function* consenting(reading: Reading, signal: AbortSignal | undefined): AsyncIterable<string> {
    for await (const { patients } of consent.listConsenting(questionOf(reading), { ...(signal && { signal }) })) {
      for (const patient of patients) {
        signal?.throwIfAborted();
        yield patient;
      }
    }
  }

  async function read(reading: Reading, queries: readonly string[], patient: string) {
    try {
      const { decisions } = await consent.check({ ...questionOf(reading), patients: [patient] });
      const [decision] = decisions;
      if (!decision?.permit) return undefined;
      const found = new Map<string, Resource>();
      for (const query of queries) {
        for await (const { resource } of search(reading, query + encodeURIComponent(patient))) {
          const parsed = parseResource(Buffer.from(resource).toString());
          found.set(`${parsed.resourceType}/${parsed.id}`, parsed);
        }
      }
      return { patient, version: decision.version, resources: [...found.values()] };
    } catch (error) {
      if (error instanceof Failure && (error.code === 'forbidden' || error.code === 'deleted')) return undefined;
      throw error;
    }
  }

  function search({ researcher: subject, organization, study, purpose: purposeOfUse }: Reading, query: string) {
    return records.search({ query, research: { subject, organization, study, purposeOfUse } });
  }

  return {
    async *records(reading, types, signal) {
      const queries = queriesFor(types);
      const work = (patient: string) => read(reading, queries, patient);
      for await (const found of ahead(consenting(reading, signal), width, work)) if (found) yield found;
    },
  };
}

/** As the records service asks on its part: a researcher of the study's organisation. */
export const questionOf = ({ researcher, organization, study, purpose }: Reading) => ({
  actor: { subject: researcher, organization, role: 'researcher' },
  ...{ action, purposeOfUse: purpose, study },
});

/** One search for each type, to be ended with the patient's id. The Patient comes first: without one there is nobody. */
function queriesFor(types: readonly string[]): string[] {
  const medications = types.includes('Medication');
  const others = types.filter((type) => type !== 'Patient' && type !== 'Medication').sort();
  const rest = others.map((type) => {
    const include = medications && hasMedication.includes(type) ? `&_include=${type}:medication` : '';
    return `${type}?_count=${page}${include}&patient=`;
  });
  return ['Patient?_id=', ...rest];
}

const page = 200;
const hasMedication = ['MedicationRequest', 'MedicationStatement', 'MedicationAdministration', 'MedicationDispense'];
