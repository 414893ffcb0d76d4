import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Content, ResourceEvent } from '../domain/resource.ts';
import type { Fhir } from '../fhir/fhir.ts';
import { type Guarded, notForYou } from './decision.ts';
import type { Choice } from './guard.ts';
import type { Entry } from './views.ts';

/** How the service looks at resources. */
export interface Contents {
  /** Whose record a resource is part of, sorted. */
  patientsIn(resource: Content): string[];
  /** Whether resources of this type are nobody's record: readable with scope, and open to ids that the client chose. */
  isDirectory(type: string): boolean;
  /** A stored version as consent looks at it. */
  guarded(event: ResourceEvent): Guarded;
  /** An entry of the index as consent looks at it. */
  guardedEntry(entry: Entry): Guarded;
  /** Whoever may not read something does not learn whether it is there; of what is nobody's record everybody may know. */
  refused(type: string, id: string): Choice<never>;
}

export function contents(fhir: Pick<Fhir, 'patientsOf' | 'mayConcernPatient' | 'factsOf'>): Contents {
  const directories = new Map<string, boolean>();
  function isDirectory(type: string): boolean {
    const known = directories.get(type) ?? !fhir.mayConcernPatient(type);
    directories.set(type, known);
    return known;
  }
  const isPersonal = (type: string, patients: readonly string[]) => patients.length > 0 || !isDirectory(type);
  return {
    patientsIn: fhir.patientsOf,
    isDirectory,
    guarded(event) {
      const { resourceType, patients, author } = event;
      return {
        ...{ patients, author },
        personal: isPersonal(resourceType, patients),
        facts: () => lazyFacts(event, () => fhir.factsOf(contentOf(event), author)),
      };
    },
    guardedEntry: ({ type, patients, author, facts }) => ({
      ...{ patients, author },
      personal: isPersonal(type, patients),
      facts: () => facts,
    }),
    refused(type, id) {
      const refusal = isDirectory(type) ? new Failure('not-found', 'There is no such resource here.') : notForYou();
      return { entities: [{ type, id }], refusal };
    },
  };
}

/** Whose key seals it: the first patient's, or else its organisation's. */
export const ownerOf = ({ patients, author }: Pick<ResourceEvent, 'patients' | 'author'>): string =>
  patients[0] ?? `organization/${author}`;

/** A stored version's resource. */
export const contentOf = ({ json }: Pick<ResourceEvent, 'json'>): Content => JSON.parse(json);

/** What the envelope does not say is drawn from the content only where a rule asks for it: most ask who wrote it. */
function lazyFacts({ resourceType, id, author }: ResourceEvent, draw: () => ResourceFacts): ResourceFacts {
  let drawn: ResourceFacts | undefined;
  const facts = () => (drawn ??= draw());
  return {
    ...{ type: resourceType, id, authorOrganization: author },
    get authors() {
      return facts().authors;
    },
    get codes() {
      return facts().codes;
    },
    get labels() {
      return facts().labels;
    },
    get periodStart() {
      return facts().periodStart;
    },
    get periodEnd() {
      return facts().periodEnd;
    },
    get references() {
      return facts().references;
    },
  };
}
