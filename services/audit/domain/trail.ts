/** Who asks for entries of the trail, as far as it decides which they may read. */
export interface Reader {
  role: string;
  organization?: string;
  /** Their own Patient id. */
  patient?: string;
  /** Patients whom a mandate lets them act for. */
  mandates: readonly string[];
}

/** What an entry is about. */
export interface Concerned {
  patients: readonly string[];
  /** Organisation of whoever acted. */
  acting: string;
  /** Organisation that holds the data. */
  custodian: string;
}

/** Whether the reader may act as this patient. */
export const actsAs = ({ patient, mandates }: Reader, id: string): boolean => patient === id || mandates.includes(id);

/**
 * A patient reads all about themself, and about those they hold a mandate for; a provider what their own organisation
 * did; a privacy officer also what others did with the data that their organisation holds. Nobody else reads anything.
 */
export const mayRead = (reader: Reader, entry: Concerned): boolean =>
  readsAsStaff(reader, entry) || entry.patients.some((patient) => actsAs(reader, patient));

/** Which of an entry's patients the reader may see named: staff all of them, a patient not the others. */
export const visiblePatients = (reader: Reader, entry: Concerned): readonly string[] =>
  readsAsStaff(reader, entry) ? entry.patients : entry.patients.filter((patient) => actsAs(reader, patient));

function readsAsStaff({ role, organization }: Reader, { acting, custodian }: Concerned): boolean {
  if (!organization) return false;
  if (role === 'practitioner' || role === 'system') return acting === organization;
  return role === 'privacy-officer' && (acting === organization || custodian === organization);
}

/** Whether the reader may search the trail of an organisation. */
export const readsOrganization = ({ role, organization }: Reader): boolean =>
  organization !== undefined && ['practitioner', 'system', 'privacy-officer'].includes(role);
