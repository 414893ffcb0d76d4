import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { permits, permitsEverything, type Residual } from '../../../contracts/rules/residual.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Client } from '../../../kernel/rpc/port.ts';
import type { ConsentService, PatientDecision } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { DecisionBasis } from '../domain/access.ts';
import type { Caller } from './caller.ts';

export type ConsentClient = Pick<Client<typeof ConsentService>, 'check' | 'head'>;

/** A resource as consent looks at it. */
export interface Guarded {
  patients: readonly string[];
  /** Organisation whose token created it. */
  author: string;
  /** Whether it can be about a patient at all, as an Organization cannot. */
  personal: boolean;
  facts(): ResourceFacts;
}

/** What consent says to one caller about some patients, at one moment. */
export interface Decision {
  patients: readonly string[];
  /** Whether anything at all of the patient may be answered. */
  open(patient: string): boolean;
  permits(resource: Guarded): boolean;
  /** For the record; undefined where no patient was asked about. */
  basis: DecisionBasis | undefined;
  /** Whether the patients' consents are still those that it rests on; linearizable. */
  stands(): Promise<boolean>;
}

/** Asks the consent service; the answer is for this use only and never kept. */
export async function decide(
  consent: ConsentClient,
  { caller, action = 'access' }: { caller: Caller; action?: string },
  patients: readonly string[],
): Promise<Decision> {
  const { actor, request: requestId } = caller;
  if (patients.length === 0) return { ...nobody, permits: (resource) => permitted(resource, caller, new Map()) };
  const answer = await consent.check(
    {
      patients: [...patients],
      actor: {
        subject: actor.subject,
        organization: actor.organization,
        role: actor.role,
        careTeams: actor.careTeams,
        patient: actor.patient,
      },
      action,
      purposeOfUse: actor.purpose,
      study: caller.study,
    },
    { requestId },
  );
  const decided = new Map(answer.decisions.map((each) => [each.patient, readable(each)]));
  return {
    patients,
    open: (patient) => decided.get(patient)?.permit ?? false,
    permits: (resource) => permitted(resource, caller, decided),
    basis: basisOf(answer.decisionId, answer.decisions),
    async stands() {
      const { versions } = await consent.head({ patients: [...patients] }, { requestId });
      return answer.decisions.every(({ version }, index) => version === versions[index]);
    },
  };
}

interface Readable {
  permit: boolean;
  residual: Residual;
  /** Nothing depends on the resource: its facts need not be looked at. */
  everything: boolean;
}

const nobody = { patients: [], open: () => false, basis: undefined, stands: async () => true };
const nothing: Residual = { any: [] };

function readable({ permit, residual }: PatientDecision): Readable {
  const parsed: Residual = permit ? JSON.parse(Buffer.from(residual).toString()) : nothing;
  return { permit, residual: parsed, everything: permitsEverything(parsed) };
}

/**
 * Every patient named must permit. What names none is open with scope where its type is never about a patient, and
 * stays in the organisation that wrote it where it could be.
 */
function permitted(resource: Guarded, { actor }: Caller, decided: ReadonlyMap<string, Readable>): boolean {
  const { patients, author, personal } = resource;
  if (!personal) return true;
  if (patients.length === 0) return author !== '' && author === actor.organization;
  return patients.every((patient) => {
    const decision = decided.get(patient);
    if (!decision?.permit) return false;
    return decision.everything || permits(decision.residual, resource.facts());
  });
}

function basisOf(id: string, decisions: readonly PatientDecision[]): DecisionBasis {
  const breakGlass = decisions.find((each) => each.breakGlass)?.breakGlass;
  return {
    id,
    permit: decisions.some(({ permit }) => permit),
    basis: [...new Set(decisions.flatMap(({ basis }) => basis))],
    ...(breakGlass && { breakGlass }),
  };
}

/** The one answer to whoever may not read, whether or not there is something to read. */
export const notForYou = () =>
  new Failure('forbidden', 'There is no such resource here, or the consents in force do not let you read it.');
