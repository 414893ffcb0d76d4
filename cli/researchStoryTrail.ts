import type { AuditEvent } from '@medplum/fhirtypes';
import { type Client, restClient } from './client.ts';
import { trail } from './commands/trail.ts';
import { once, proveEach } from './story.ts';

/** What a patient's access log must say of a study. */
export interface Expected {
  study: string;
  /** Releases that held them. */
  included: readonly string[];
  /** Those of them that were recalled because they withdrew. */
  recalled: readonly string[];
}

/** Says what the patient's log has of the study, newest first, each entry once its proof is verified; their number. */
export async function provenTrail(
  server: string,
  patient: Client,
  expected: Expected,
  say: (line: string) => void,
): Promise<number> {
  const vkey = String((await restClient(server).call('/log/vkey')).body).trim();
  const ask = async () => {
    const events = (await trail(patient, { count: 200 })).filter((event) =>
      names(event, `ResearchStudy/${expected.study}`),
    );
    return isWhole(events, expected) ? events : undefined;
  };
  const events = await once(ask, 'The trail does not tell of all that happened.');
  await proveEach(patient, events, vkey, say);
  return events.length;
}

function isWhole(events: readonly AuditEvent[], { included, recalled }: Expected): boolean {
  const told = (code: string, release: string) =>
    events.some((event) => hasCode(event, code) && names(event, `DocumentManifest/${release}`));
  return (
    events.some((event) => hasCode(event, 'search')) &&
    included.every((release) => told('release-included', release)) &&
    recalled.every((release) => told('release-recalled', release))
  );
}

const names = ({ entity }: AuditEvent, reference: string): boolean =>
  entity?.some(({ what }) => what?.reference === reference) ?? false;

const hasCode = ({ subtype }: AuditEvent, wanted: string): boolean =>
  subtype?.some(({ code }) => code?.startsWith(wanted)) ?? false;
