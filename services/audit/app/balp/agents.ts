import type { AuditEventAgent, CodeableConcept, Coding, Reference } from '@medplum/fhirtypes';
import type { AuditDetail_Agent } from '../../../../proto/gen/healthchain/event/v1/event_pb.ts';
import { dicom, type Pattern } from './codes.ts';

/** Names of people and organisations, as far as the reader may know them. */
export interface Names {
  person(id: string): string | undefined;
  organization(id: string): string | undefined;
}

const source = dicom('110153', 'Source Role ID');
const destination = dicom('110152', 'Destination Role ID');
const participation = (code: string, display: string): Coding => ({
  system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  code,
  display,
});
const recipient = participation('IRCP', 'information recipient');
const author = participation('AUT', 'author');
const provider: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass',
  code: 'PROV',
  display: 'healthcare provider',
};

/** Application and server by the direction of the data, as BALP's patterns name them. */
const ends: Record<Pattern, { client: Coding; server: Coding }> = {
  Read: { client: destination, server: source },
  Query: { client: source, server: destination },
  Create: { client: source, server: destination },
  Update: { client: source, server: destination },
  Delete: {
    client: dicom('110150', 'Application'),
    server: {
      system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
      code: 'custodian',
      display: 'Custodian',
    },
  },
};

interface Circumstances {
  agent: AuditDetail_Agent | undefined;
  pattern: Pattern;
  baseUrl: string;
  names: Names;
}

/** The person, the application, their organisation and this server. The requestor stands first. */
export function agentsOf({ agent, pattern, baseUrl, names }: Circumstances): AuditEventAgent[] {
  const reading = pattern === 'Read' || pattern === 'Query';
  const { client, server } = ends[pattern];
  return [
    ...(agent && isPerson(agent) ? [person(agent, reading ? recipient : author, baseUrl, names)] : []),
    application(agent, client, baseUrl),
    ...(agent?.organization ? [organization(agent.organization, names)] : []),
    {
      type: coded(server),
      who: { display: 'HealthChain', identifier: { system: 'urn:ietf:rfc:3986', value: `${baseUrl}/fhir` } },
      requestor: false,
      network: { address: `${baseUrl}/fhir`, type: '5' },
    },
  ];
}

const isPerson = ({ subject, role }: AuditDetail_Agent) => subject !== '' && role !== 'system';

function person(agent: AuditDetail_Agent, type: Coding, baseUrl: string, names: Names): AuditEventAgent {
  const { subject, role, purposeOfUse } = agent;
  const name = names.person(subject);
  return {
    type: coded(type),
    who: identified(`${baseUrl}/auth`, subject, name),
    ...(name && { name }),
    requestor: true,
    ...(role && { role: [coded({ system: 'urn:healthchain:role', code: role })] }),
    ...(purposeOfUse && { purposeOfUse: [purpose(purposeOfUse)] }),
  };
}

function application(agent: AuditDetail_Agent | undefined, type: Coding, baseUrl: string): AuditEventAgent {
  const { client, subject, networkAddress, purposeOfUse } = agent ?? {};
  const alone = !agent || !isPerson(agent);
  return {
    type: coded(type),
    who: identified(`${baseUrl}/auth`, client || subject || 'unknown', undefined),
    requestor: alone,
    ...(networkAddress && { network: { address: networkAddress, type: '2' as const } }),
    ...(alone && purposeOfUse && { purposeOfUse: [purpose(purposeOfUse)] }),
  };
}

function organization(id: string, names: Names): AuditEventAgent {
  const display = names.organization(id);
  const who = { reference: `Organization/${id}`, ...(display && { display }) };
  return { type: coded(provider), who, requestor: false };
}

function identified(system: string, value: string, display: string | undefined): Reference<never> {
  return { identifier: { system, value }, ...(display && { display }) };
}

const coded = (coding: Coding): CodeableConcept => ({ coding: [coding] });

/** v3 PurposeOfUse. */
export const purpose = (code: string): CodeableConcept =>
  coded({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code });
